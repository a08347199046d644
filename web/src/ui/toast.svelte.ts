// A short word after something was done, with an optional way back. One at a time: a new one replaces the last.
export interface ToastMessage {
  text: string;
  action?: { label: string; run: () => void };
}

let current = $state.raw<ToastMessage | undefined>(undefined);

export const toasts = {
  get current(): ToastMessage | undefined {
    return current;
  },
};

export function toast(text: string, action?: ToastMessage['action']): void {
  current = { text, action };
}

export function dismissToast(): void {
  current = undefined;
}

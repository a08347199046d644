// What the current page says about itself: pages call title() while they initialise.
let current = $state('');

export const page = {
  get title(): string {
    return current;
  },
};

// Follows what the function reads: the language, loaded data.
export function title(text: () => string): void {
  $effect(() => {
    current = text();
  });
}

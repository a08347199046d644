// What is being written: one base, versions of accounts that inherit it until touched, pictures, time. Plain state with the
// input for the server derived from it.
import type { Account, Detail, File, Publication, PublicationInput, When } from '../../lib/api';

export interface Version {
  text: string;
  pictures: { file: File; alt: string }[];
}

export class Draft {
  accounts = $state<number[]>([]);
  base = $state<Version>({ text: '', pictures: [] });
  own = $state<Record<number, Version>>({});
  day = $state('');
  time = $state('');
  fold = $state<'earlier' | 'later' | undefined>(undefined);
  id = $state<number | null>(null);
  version = $state(0);

  version_of(account: number | null): Version {
    return (account !== null ? this.own[account] : undefined) ?? this.base;
  }
  inherits(account: number): boolean {
    return this.own[account] === undefined;
  }
  detach(account: number): void {
    this.own[account] = { text: this.base.text, pictures: this.base.pictures.map((p) => ({ ...p })) };
  }
  inherit(account: number): void {
    delete this.own[account];
  }
  toggle(account: number): void {
    this.accounts = this.accounts.includes(account)
      ? this.accounts.filter((a) => a !== account)
      : [...this.accounts, account];
    if (!this.accounts.includes(account)) this.inherit(account);
  }
  get empty(): boolean {
    return this.base.text.trim() === '' && this.base.pictures.length === 0 && Object.keys(this.own).length === 0;
  }
  get wall_time(): string | undefined {
    return this.day && this.time ? `${this.day}T${this.time}` : undefined;
  }

  input(kind: When['kind']): PublicationInput {
    const detail = (account_id: number | null, v: Version): Detail => ({
      account_id,
      text: v.text,
      pictures: v.pictures.map((p) => ({ file_id: p.file.id, alt: p.alt })),
    });
    const wall_time = this.wall_time;
    const when: When =
      kind === 'now'
        ? { kind }
        : kind === 'at' && wall_time
          ? { kind, wall_time, ...(this.fold && { fold: this.fold }) }
          : { kind: 'draft', ...(wall_time && { wall_time }) };
    return {
      account_ids: $state.snapshot(this.accounts),
      details: [
        detail(null, this.base),
        ...Object.entries(this.own)
          .filter(([account]) => this.accounts.includes(Number(account)))
          .map(([account, v]) => detail(Number(account), v)),
      ],
      when,
      ...(this.id !== null && { version: this.version }),
    };
  }

  take(p: Publication, known: Account[]): void {
    const version = (d: Detail): Version => ({
      text: d.text,
      pictures: d.pictures.flatMap((pic) => {
        const file = p.files.find((f) => f.id === pic.file_id);
        return file ? [{ file, alt: pic.alt }] : [];
      }),
    });
    this.accounts = p.account_ids.filter((id) => known.some((a) => a.id === id));
    this.own = {};
    for (const d of p.details) {
      if (d.account_id === null) this.base = version(d);
      else this.own[d.account_id] = version(d);
    }
    this.day = p.when.wall_time?.slice(0, 10) ?? '';
    this.time = p.when.wall_time?.slice(11, 16) ?? '';
    this.id = p.id;
    this.version = p.version;
  }
}

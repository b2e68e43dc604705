// A form's fault, shared out to its fields.
import { tick } from 'svelte';
import { faultWords } from '../../lib/words';
import type { Fault } from '../../state/contract';

/** The words for each named field, and `rest` for what belongs to none of them. */
export interface FieldFaults {
  of: Record<string, string>;
  rest: string | null;
}

/** Shares a fault out: by the server's list of fields, else by a code that can only mean one of them. */
export function shareOut(fault: Fault | null, codes: Record<string, string> = {}): FieldFaults {
  if (!fault) return { of: {}, rest: null };
  const of: Record<string, string> = {};
  for (const error of fault.errors)
    of[error.field] = faultWords({ code: error.code, message: fault.message });
  const field = codes[fault.code];
  if (field && !of[field]) of[field] = faultWords(fault);
  return { of, rest: Object.keys(of).length > 0 ? null : faultWords(fault) };
}

/** After the faults are on the screen: the focus goes to the first field at fault. */
export async function focusFault(form: HTMLFormElement): Promise<void> {
  await tick();
  form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
}

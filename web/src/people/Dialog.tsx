/** A question that has to be answered first: a native dialog, so that Escape, focus and what lies behind it behave. */

import { useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "../shell/icons";

export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: preact.ComponentChildren }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const element = dialog.current;
    const before = document.activeElement;
    element?.showModal();
    return () => {
      element?.close();
      if (before instanceof HTMLElement) before.focus();
    };
  }, []);
  return (
    <dialog class="sheet" ref={dialog} aria-label={title} onCancel={(event) => { event.preventDefault(); onClose(); }}>
      <header><h2>{title}</h2><button type="button" class="plain" aria-label="Close" onClick={onClose}><Icon name="close" /></button></header>
      <div class="inside">{children}</div>
    </dialog>
  );
}

export function Confirm({ title, action, onYes, onClose, children }: { title: string; action: string; onYes: () => void; onClose: () => void; children: preact.ComponentChildren }) {
  return (
    <Dialog title={title} onClose={onClose}>
      <p>{children}</p>
      <div class="form-end">
        <button type="button" class="button" onClick={onClose}>Cancel</button>
        <button type="button" class="button danger" onClick={onYes}>{action}</button>
      </div>
    </Dialog>
  );
}

/** The keyboard shortcuts that hold now, as a list. */

import { useLayoutEffect, useRef } from "preact/hooks";
import { Icon } from "./icons";
import { offered } from "./keys";

export default function Help({ onClose }: { onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => dialog.current?.showModal(), []);
  return (
    <dialog class="sheet" ref={dialog} onClose={onClose} aria-labelledby="help-title">
      <header>
        <h2 id="help-title">Keyboard shortcuts</h2>
        <button type="button" class="plain" aria-label="Close" onClick={() => dialog.current?.close()}>
          <Icon name="close" />
        </button>
      </header>
      {offered().map((group) => (
        <section key={group.title}>
          <h3>{group.title}</h3>
          <dl class="keys">
            {group.shortcuts.map((one) => (
              <div key={one.keys}>
                <dt>
                  {one.keys.split(" ").map((key) => (
                    <kbd key={key}>{key}</kbd>
                  ))}
                </dt>
                <dd>{one.help}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </dialog>
  );
}

/** Whether an element is, or soon will be, on the screen: what is far away is not drawn. */

import { useEffect, useState } from "preact/hooks";


const listeners = new WeakMap<Element, (visible: boolean) => void>();
let observer: IntersectionObserver | null = null;

function watch(element: Element, listener: (visible: boolean) => void): () => void {
  if (typeof IntersectionObserver === "undefined") {
    listener(true);
    return () => undefined;
  }
  // One observer for all panels: it reports them together, before the next frame.
  observer ??= new IntersectionObserver((entries) => entries.forEach((entry) => listeners.get(entry.target)?.(entry.isIntersecting)), { rootMargin: "150px" });
  listeners.set(element, listener);
  observer.observe(element);
  return () => {
    listeners.delete(element);
    observer?.unobserve(element);
  };
}

export function useVisible(ref: { readonly current: Element | null }): boolean {
  const [visible, setVisible] = useState(false);
  useEffect(() => (ref.current ? watch(ref.current, setVisible) : undefined), [ref]);
  return visible;
}

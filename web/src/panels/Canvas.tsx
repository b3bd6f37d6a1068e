/** A canvas that is drawn only while it can be seen, sharp on every screen, with a label and a pointer. */

import { useEffect, useRef } from "preact/hooks";

import { FONT } from "../draw/ink";
import { useVisible } from "../draw/visible";

export interface CanvasProps {
  width: number;
  height: number;
  label: string;
  /** In CSS pixels; called again whenever this function is another one. */
  draw(context: CanvasRenderingContext2D, width: number, height: number): void;
  /** CSS pixels inside the canvas and in the window; null when the pointer has left. */
  onPoint?(at: { x: number; y: number; clientX: number; clientY: number } | null): void;
  onKeyDown?(event: KeyboardEvent): void;
  /** `x` and `y` in CSS pixels inside the canvas. */
  onClick?(event: MouseEvent, x: number, y: number): void;
}

export function Canvas({ width, height, label, draw, onPoint, onKeyDown, onClick }: CanvasProps) {
  const ref = useRef<HTMLCanvasElement>(null);
  const visible = useVisible(ref);
  useEffect(() => {
    const canvas = ref.current;
    const context = canvas?.getContext("2d");
    if (!visible || !canvas || !context || width < 1 || height < 1) return;
    const ratio = devicePixelRatio || 1;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, width, height);
    context.font = FONT;
    draw(context, width, height);
  }, [visible, draw, width, height]);
  const point = (event: MouseEvent): void => {
    const box = ref.current!.getBoundingClientRect();
    onPoint?.({ x: event.clientX - box.left, y: event.clientY - box.top, clientX: event.clientX, clientY: event.clientY });
  };
  return (
    <canvas
      ref={ref}
      role="img"
      aria-label={label}
      tabIndex={onKeyDown ? 0 : undefined}
      style={{ width: `${width}px`, height: `${height}px`, display: "block" }}
      onMouseMove={onPoint && point}
      onMouseLeave={onPoint && (() => onPoint(null))}
      onKeyDown={onKeyDown}
      onClick={onClick && ((event) => onClick(event, event.offsetX, event.offsetY))}
      onBlur={onKeyDown && onPoint && (() => onPoint(null))}
    />
  );
}

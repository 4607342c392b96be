import { useEffect, useRef, useState } from "preact/hooks";

/** A text box whose value goes on once the typing pauses, and that follows the value when it changes elsewhere. */
export function useTyped(
  value: string,
  send: (text: string) => void,
  pauseMs = 200,
): [string, (text: string) => void] {
  const [text, setText] = useState(value);
  const timer = useRef<ReturnType<typeof setTimeout>>();
  const sent = useRef(value);
  const sender = useRef(send);
  sender.current = send;
  useEffect(() => {
    if (value !== sent.current) {
      sent.current = value;
      setText(value);
    }
  }, [value]);
  useEffect(() => () => clearTimeout(timer.current), []);
  return [
    text,
    (next) => {
      setText(next);
      clearTimeout(timer.current);
      timer.current = setTimeout(() => {
        sent.current = next;
        sender.current(next);
      }, pauseMs);
    },
  ];
}

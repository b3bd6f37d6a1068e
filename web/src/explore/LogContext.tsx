/** The lines of the same stream before and after one, whatever the query would keep. */

import { useEffect, useState } from "preact/hooks";
import { Dialog } from "../people/Dialog";
import { Chips } from "../status/marks";
import { reasonOf } from "../status/usePolled";
import { sentence, time } from "../status/words";
import { contextOf } from "./askLogs";
import { levelOf, type LogLine } from "./log-lines";

const FIRST = 20;
const MOST = 1000;

export function LogContext({ line, onClose }: { line: LogLine; onClose: () => void }) {
  const [limit, setLimit] = useState(FIRST);
  const [found, setFound] = useState<{ before: LogLine[]; after: LogLine[] } | null>(null);
  const [failure, setFailure] = useState("");
  useEffect(() => {
    const ended = new AbortController();
    contextOf(line, limit, ended.signal).then(
      (answer) => setFound(answer),
      (error: unknown) => void (!ended.signal.aborted && setFailure(reasonOf(error))),
    );
    return () => ended.abort();
  }, [line, limit]);
  const isMore = limit < MOST && found !== null && (found.before.length >= limit || found.after.length >= limit);
  return (
    <Dialog title="Lines around it" onClose={onClose}>
      <Chips labels={line.stream} />
      {failure && <p class="bad" role="alert">{sentence(failure)}</p>}
      {found === null && !failure && <p>Asking …</p>}
      {found && (
        <ol class="context" tabIndex={0} aria-label="Lines of the same stream">
          {found.before.length === 0 && <li class="faint">nothing in the hour before</li>}
          {found.before.map((one, index) => <Line key={`b${index}`} line={one} />)}
          <Line line={line} isThis />
          {found.after.map((one, index) => <Line key={`a${index}`} line={one} />)}
          {found.after.length === 0 && <li class="faint">nothing in the hour after</li>}
        </ol>
      )}
      {isMore && <div class="form-end"><button type="button" class="button" onClick={() => setLimit(limit * 5)}>More</button></div>}
    </Dialog>
  );
}

const Line = ({ line, isThis = false }: { line: LogLine; isThis?: boolean }) => (
  <li class={`entry ${levelOf(line)} ${isThis ? "this" : ""}`} aria-current={isThis ? "true" : undefined}><time>{time(line.at)}.{line.ns.slice(-9, -6)}</time><span class="text">{line.line}</span></li>
);

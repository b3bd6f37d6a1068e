/** One's own account: password, API tokens, sessions. */

import { useState } from "preact/hooks";
import { useSession } from "../shell/Shell";
import { toast } from "../shell/toasts";
import { Notice } from "../status/marks";
import { usePolled } from "../status/usePolled";
import { ago, day, sentence } from "../status/words";
import { addToken, changePassword, deleteToken, signOutEverywhere, tokens, type Role, type Token } from "./accounts";
import { Confirm, Dialog } from "./Dialog";
import { RoleField, Sheet } from "./PeoplePage";
import { useAction } from "./useAction";
import "../status/marks.css";
import "./people.css";

export default function AccountPage() {
  const who = useSession();
  return (
    <div class="page people">
      <header><h1>Account</h1></header>
      <p class="faint">Signed in as <b>{who?.user}</b>, {who?.role}{who?.organisation && `, sees the data of ${who.organisation}`}.</p>
      <Password />
      <Tokens most={who?.role ?? "viewer"} />
      <Sessions />
    </div>
  );
}

function Password() {
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const [again, setAgain] = useState("");
  const { isBusy, failure, run } = useAction();
  const mistake = again !== "" && fresh !== again ? "The new passwords differ." : "";
  const submit = async (event: Event) => {
    event.preventDefault();
    if (fresh !== again || !(await run(() => changePassword({ old, new: fresh })))) return;
    setOld("");
    setFresh("");
    setAgain("");
    toast("The password is changed; every other session has ended.");
  };
  return (
    <section class="card block" aria-labelledby="password-title">
      <h2 id="password-title">Password</h2>
      <form class="form" onSubmit={(event) => void submit(event)}>
        <label class="labelled"><span>Current password</span><input class="field" type="password" required autocomplete="current-password" value={old} onInput={(event) => setOld(event.currentTarget.value)} /></label>
        <label class="labelled"><span>New password</span><input class="field" type="password" required autocomplete="new-password" value={fresh} onInput={(event) => setFresh(event.currentTarget.value)} /></label>
        <label class="labelled"><span>New password again</span><input class="field" type="password" required autocomplete="new-password" value={again} onInput={(event) => setAgain(event.currentTarget.value)} /></label>
        {(mistake || failure) && <p class="bad" role="alert">{sentence(mistake || failure)}</p>}
        <div class="form-end"><button type="submit" class="button primary" disabled={isBusy || mistake !== ""}>Change password</button></div>
      </form>
    </section>
  );
}

function Tokens({ most }: { most: Role }) {
  const { data, failure, refresh } = usePolled(tokens, 0, "tokens");
  const [isAdding, setAdding] = useState(false);
  const [secret, setSecret] = useState("");
  const [leaving, setLeaving] = useState<Token | null>(null);
  const action = useAction();
  const remove = async (token: Token) => {
    if (!(await action.run(() => deleteToken(token.id)))) return;
    setLeaving(null);
    toast(`The token ${token.name} is revoked.`);
    refresh();
  };
  return (
    <section class="card block" aria-labelledby="tokens-title">
      <header><h2 id="tokens-title">API tokens</h2><button type="button" class="button" onClick={() => setAdding(true)}>New token</button></header>
      <p class="faint">For scripts: <code>Authorization: Bearer TOKEN</code>. A token can do at most what its owner can.</p>
      {failure && <Notice level="critical">{sentence(failure)}</Notice>}
      {data && data.length === 0 && <p>No token yet.</p>}
      {data && data.length > 0 && (
        <div class="scroll">
          <table class="listing">
            <thead><tr>{["Name", "Role", "Made", "Last used", "Expires", ""].map((title) => <th key={title} scope="col">{title || <span class="unseen">Actions</span>}</th>)}</tr></thead>
            <tbody>{data.map((token) => <TokenRow key={token.id} token={token} onLeave={() => setLeaving(token)} />)}</tbody>
          </table>
        </div>
      )}
      {isAdding && <AddToken most={most} onClose={() => setAdding(false)} onMade={(text) => { setAdding(false); setSecret(text); refresh(); }} />}
      {secret && <Secret text={secret} onClose={() => setSecret("")} />}
      {leaving && (
        <Confirm title={`Revoke ${leaving.name}?`} action="Revoke" onYes={() => void remove(leaving)} onClose={() => setLeaving(null)}>
          Scripts that use it are refused from now on. {action.failure && <span class="bad" role="alert">{sentence(action.failure)}</span>}
        </Confirm>
      )}
    </section>
  );
}

function TokenRow({ token, onLeave }: { token: Token; onLeave: () => void }) {
  const isOver = token.expires_at * 1000 < Date.now();
  return (
    <tr>
      <th scope="row">{token.name}</th>
      <td>{token.role}</td>
      <td class="when">{day(token.created_at * 1000)}</td>
      <td class="when">{token.used_at === null ? "never" : ago(token.used_at * 1000)}</td>
      <td class={isOver ? "when bad" : "when"}>{isOver ? "expired " : ""}{day(token.expires_at * 1000)}</td>
      <td class="actions"><button type="button" class="button danger" aria-label={`Revoke ${token.name}`} onClick={onLeave}>Revoke</button></td>
    </tr>
  );
}

const LIVES: readonly [string, number][] = [["a day", 1], ["a week", 7], ["30 days", 30], ["90 days", 90], ["a year", 365]];

function AddToken({ most, onClose, onMade }: { most: Role; onClose: () => void; onMade: (secret: string) => void }) {
  const [name, setName] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [days, setDays] = useState(90);
  return (
    <Sheet title="New API token" action="Make it" onClose={onClose} onSubmit={async () => onMade((await addToken({ name: name.trim(), role, expires_in_s: days * 86_400 })).token)}>
      <label class="labelled"><span>What it is for</span><input class="field" required value={name} onInput={(event) => setName(event.currentTarget.value)} autocomplete="off" /></label>
      <RoleField value={role} most={most} onChange={setRole} />
      <label class="labelled">
        <span>Lasts</span>
        <select class="field" value={days} onChange={(event) => setDays(Number(event.currentTarget.value))}>{LIVES.map(([words, amount]) => <option key={amount} value={amount}>{words}</option>)}</select>
      </label>
    </Sheet>
  );
}

function Secret({ text, onClose }: { text: string; onClose: () => void }) {
  const [isCopied, setCopied] = useState(false);
  const copy = () => void navigator.clipboard.writeText(text).then(() => setCopied(true), () => toast("The browser refused to copy it: select it and copy it by hand.", "failure"));
  return (
    <Dialog title="Your new token" onClose={onClose}>
      <p>Copy it now: it is shown this once and kept nowhere.</p>
      <output class="secret" aria-label="Token">{text}</output>
      <div class="form-end">
        <button type="button" class="button" onClick={copy}>{isCopied ? "Copied" : "Copy"}</button>
        <button type="button" class="button primary" onClick={onClose}>I have it</button>
      </div>
    </Dialog>
  );
}

function Sessions() {
  const { isBusy, failure, run } = useAction();
  const leave = async () => {
    if (await run(signOutEverywhere)) location.assign("/login");
  };
  return (
    <section class="card block" aria-labelledby="sessions-title">
      <h2 id="sessions-title">Sessions</h2>
      <p>Ends this session and every other one of yours, on all devices.</p>
      {failure && <p class="bad" role="alert">{sentence(failure)}</p>}
      <div class="form-end"><button type="button" class="button danger" disabled={isBusy} onClick={() => void leave()}>Sign out everywhere</button></div>
    </section>
  );
}

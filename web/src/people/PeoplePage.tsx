/** Who may sign in, and what they may do. For administrators. */

import { useState } from "preact/hooks";
import { useSession } from "../shell/Shell";
import { toast } from "../shell/toasts";
import { Notice } from "../status/marks";
import { usePolled } from "../status/usePolled";
import { day, sentence } from "../status/words";
import { accounts, addAccount, changeAccount, deleteAccount, ROLE_MEANS, ROLES, type Account, type Role } from "./accounts";
import { Confirm, Dialog } from "./Dialog";
import { useAction } from "./useAction";
import "../status/marks.css";
import "./people.css";

type Open = { kind: "add" } | { kind: "change" | "password" | "delete"; account: Account } | null;

export default function PeoplePage() {
  const who = useSession();
  const { data, failure, refresh } = usePolled(accounts, 0, "accounts");
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const done = (words: string) => {
    close();
    toast(words);
    refresh();
  };
  if (who && who.role !== "admin") return <div class="page"><h1>People</h1><Notice>Only administrators manage people. Your role is {who.role}.</Notice></div>;
  return (
    <div class="page people">
      <header>
        <h1>People</h1>
        <button type="button" class="button primary" onClick={() => setOpen({ kind: "add" })}>Add a person</button>
      </header>
      {failure && <Notice level="critical">{sentence(failure)}</Notice>}
      {data && (
        <div class="card scroll">
          <table class="listing">
            <thead><tr>{["Name", "Role", "Organisation", "From", "Since", "State", ""].map((title) => <th key={title} scope="col">{title || <span class="unseen">Actions</span>}</th>)}</tr></thead>
            <tbody>{data.map((account) => <Row key={account.name} account={account} isMe={account.name === who?.user} onOpen={setOpen} onDone={done} />)}</tbody>
          </table>
        </div>
      )}
      {open?.kind === "add" && <Add onClose={close} onDone={done} />}
      {open?.kind === "change" && <Change account={open.account} onClose={close} onDone={done} />}
      {open?.kind === "password" && <Reset account={open.account} onClose={close} onDone={done} />}
      {open?.kind === "delete" && <Delete account={open.account} onClose={close} onDone={done} />}
    </div>
  );
}

const SOURCES: Readonly<Record<Account["source"], string>> = { file: "the description", local: "here", oidc: "identity provider" };

function Row({ account, isMe, onOpen, onDone }: { account: Account; isMe: boolean; onOpen: (open: Open) => void; onDone: (words: string) => void }) {
  const action = useAction();
  const { name, disabled } = account;
  const switchState = async () => {
    if (await action.run(() => changeAccount(name, { disabled: !disabled }))) onDone(disabled ? `${name} may sign in again.` : `${name} is disabled, and signed out everywhere.`);
  };
  const isFixed = isMe || account.source === "file";
  return (
    <tr>
      <th scope="row">{name}{isMe && <span class="faint"> (you)</span>}</th>
      <td>{account.role}</td>
      <td>{account.organisation ?? <span class="faint">all</span>}</td>
      <td>{SOURCES[account.source]}</td>
      <td class="when">{day(account.created_at * 1000)}</td>
      <td>{disabled ? <span class="tag warning">disabled</span> : <span class="tag ok">active</span>}</td>
      <td class="actions">
        {isFixed ? <span class="faint">{isMe ? <a href="/account">your account</a> : "changed in the description"}</span> : (
          <>
            <button type="button" class="button" aria-label={`Change ${name}`} onClick={() => onOpen({ kind: "change", account })}>Change</button>
            {account.source === "local" && <button type="button" class="button" aria-label={`Reset the password of ${name}`} onClick={() => onOpen({ kind: "password", account })}>Reset password</button>}
            <button type="button" class="button" aria-label={`${disabled ? "Enable" : "Disable"} ${name}`} disabled={action.isBusy} onClick={() => void switchState()}>{disabled ? "Enable" : "Disable"}</button>
            <button type="button" class="button danger" aria-label={`Delete ${name}`} onClick={() => onOpen({ kind: "delete", account })}>Delete</button>
          </>
        )}
        {action.failure && <p class="bad" role="alert">{sentence(action.failure)}</p>}
      </td>
    </tr>
  );
}

interface FormProps {
  onClose: () => void;
  onDone: (words: string) => void;
}

export const RoleField = ({ value, most = "admin", onChange }: { value: Role; most?: Role; onChange: (role: Role) => void }) => (
  <label class="labelled">
    <span>Role</span>
    <select class="field" value={value} onChange={(event) => onChange(event.currentTarget.value as Role)}>
      {ROLES.filter((role) => ROLES.indexOf(role) <= ROLES.indexOf(most)).map((role) => <option key={role} value={role}>{role}: {ROLE_MEANS[role]}</option>)}
    </select>
  </label>
);

const OrganisationField = ({ value, onChange }: { value: string; onChange: (organisation: string) => void }) => (
  <label class="labelled">
    <span>Organisation (empty: sees the data of all)</span>
    <input class="field" value={value} onInput={(event) => onChange(event.currentTarget.value)} autocomplete="off" />
  </label>
);

const PasswordField = ({ value, onChange }: { value: string; onChange: (password: string) => void }) => (
  <label class="labelled">
    <span>New password, to hand over</span>
    <input class="field" type="password" required value={value} onInput={(event) => onChange(event.currentTarget.value)} autocomplete="new-password" />
  </label>
);

/** A form in a dialog: its fields, what went wrong, and the two buttons below. */
export function Sheet({ title, action, onClose, onSubmit, children }: { title: string; action: string; onClose: () => void; onSubmit: () => Promise<unknown>; children: preact.ComponentChildren }) {
  const { isBusy, failure, run } = useAction();
  return (
    <Dialog title={title} onClose={onClose}>
      <form class="form" onSubmit={(event) => { event.preventDefault(); void run(onSubmit); }}>
        {children}
        {failure && <p class="bad" role="alert">{sentence(failure)}</p>}
        <div class="form-end">
          <button type="button" class="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="button primary" disabled={isBusy}>{action}</button>
        </div>
      </form>
    </Dialog>
  );
}

function Add({ onClose, onDone }: FormProps) {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const [role, setRole] = useState<Role>("viewer");
  const [organisation, setOrganisation] = useState("");
  const submit = async () => {
    await addAccount({ name: name.trim(), password, role, ...(organisation.trim() ? { organisation: organisation.trim() } : {}) });
    onDone(`${name.trim()} may sign in now.`);
  };
  return (
    <Sheet title="Add a person" action="Add" onClose={onClose} onSubmit={submit}>
      <label class="labelled"><span>Name</span><input class="field" required value={name} onInput={(event) => setName(event.currentTarget.value)} autocomplete="off" autocapitalize="none" /></label>
      <PasswordField value={password} onChange={setPassword} />
      <RoleField value={role} onChange={setRole} />
      <OrganisationField value={organisation} onChange={setOrganisation} />
    </Sheet>
  );
}

function Change({ account, onClose, onDone }: FormProps & { account: Account }) {
  const [role, setRole] = useState(account.role);
  const [organisation, setOrganisation] = useState(account.organisation ?? "");
  const submit = async () => {
    await changeAccount(account.name, { role, organisation: organisation.trim() || null });
    onDone(`${account.name} is changed.`);
  };
  return (
    <Sheet title={`Change ${account.name}`} action="Save" onClose={onClose} onSubmit={submit}>
      <RoleField value={role} onChange={setRole} />
      <OrganisationField value={organisation} onChange={setOrganisation} />
    </Sheet>
  );
}

function Reset({ account, onClose, onDone }: FormProps & { account: Account }) {
  const [password, setPassword] = useState("");
  const submit = async () => {
    await changeAccount(account.name, { password });
    onDone(`${account.name} has a new password and is signed out everywhere.`);
  };
  return (
    <Sheet title={`Reset the password of ${account.name}`} action="Reset" onClose={onClose} onSubmit={submit}>
      <PasswordField value={password} onChange={setPassword} />
    </Sheet>
  );
}

function Delete({ account, onClose, onDone }: FormProps & { account: Account }) {
  const action = useAction();
  const yes = async () => {
    if (await action.run(() => deleteAccount(account.name))) onDone(`${account.name} is deleted.`);
  };
  return (
    <Confirm title={`Delete ${account.name}?`} action="Delete" onYes={() => void yes()} onClose={onClose}>
      The account, its sessions and its API tokens are gone for good. What the audit log says of it stays. {action.failure && <span class="bad" role="alert">{sentence(action.failure)}</span>}
    </Confirm>
  );
}

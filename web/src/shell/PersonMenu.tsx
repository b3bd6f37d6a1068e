/** What a signed-in person finds below their initial: the account, the colours, and the way out. */

import { useState } from "preact/hooks";
import { ask, Failed, type Session } from "../ask/ask";
import { chooseTheme, themeChoice, type ThemeChoice } from "./theme";
import { toast } from "./toasts";

async function signOut(everywhere: boolean): Promise<void> {
  try {
    await ask("/api/logout", { method: "POST", body: { everywhere } });
    location.assign("/login");
  } catch (error) {
    toast(error instanceof Failed ? error.message : String(error), "failure");
  }
}

export default function PersonMenu({ who }: { who: Session }) {
  const [choice, setChoice] = useState<ThemeChoice>(themeChoice);
  const choose = (wanted: ThemeChoice) => {
    chooseTheme(wanted);
    setChoice(wanted);
  };
  return (
    <div>
      <p>
        <b>{who.user}</b>
        {who.role}
        {who.organisation && ` · ${who.organisation}`}
      </p>
      <a href="/account">Account</a>
      {who.role === "admin" && <a href="/people">People</a>}
      {who.role === "admin" && <a href="/audit">Audit log</a>}
      <div class="choice" role="radiogroup" aria-label="Colours">
        {(["auto", "light", "dark"] as const).map((one) => (
          <button key={one} type="button" role="radio" aria-checked={choice === one} onClick={() => choose(one)}>
            {one === "auto" ? "System" : one === "light" ? "Light" : "Dark"}
          </button>
        ))}
      </div>
      <button type="button" onClick={() => void signOut(false)}>
        Sign out
      </button>
      <button type="button" onClick={() => void signOut(true)}>
        Sign out everywhere
      </button>
    </div>
  );
}

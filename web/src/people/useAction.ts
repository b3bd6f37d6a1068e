/** Doing one thing at a time, and saying what went wrong. */

import { useState } from "preact/hooks";
import { reasonOf } from "../status/usePolled";

/** `run` answers whether it worked; `failure` holds words for a person until the next attempt. */
export function useAction(): { isBusy: boolean; failure: string; run: (action: () => Promise<unknown>) => Promise<boolean> } {
  const [state, setState] = useState({ isBusy: false, failure: "" });
  const run = async (action: () => Promise<unknown>) => {
    setState({ isBusy: true, failure: "" });
    try {
      await action();
      setState({ isBusy: false, failure: "" });
      return true;
    } catch (error) {
      setState({ isBusy: false, failure: reasonOf(error) });
      return false;
    }
  };
  return { ...state, run };
}

/** Where the page begins: the theme, what can be asked early, and the shell. */

import { render } from "preact";
import { session } from "./ask/ask";
import { expectDashboard } from "./ask/dashboards";
import { routeOf } from "./shell/routes";
import { Shell } from "./shell/Shell";
import { applyTheme } from "./shell/theme";
import "./shell/theme.css";
import "./shell/shell.css";

applyTheme();
const found = routeOf(location.pathname);
if (found && !found.route.bare) session().catch(() => undefined); // asked again, with words, by whoever needs it
if (found?.params["uid"]) expectDashboard(found.params["uid"]);
render(<Shell />, document.getElementById("app")!);

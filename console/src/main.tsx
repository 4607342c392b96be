import { render } from "preact";
import "~/style/tokens.css";
import "~/style/base.css";
import "~/style/controls.css";
import "~/style/chart.css";
import "~/style/shell.css";
import { App } from "./app";
import { startClock } from "./live/clock";
import { startHeartbeat } from "./live/connection";
import { startTheme } from "./ui/theme";

startTheme();
startClock();
startHeartbeat();
const place = document.getElementById("app");
if (place) render(<App />, place);

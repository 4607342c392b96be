#include "engine_api/html.h"

namespace mlengine::engine_api {

std::string Escape(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string Page(std::string_view title, std::string_view body, std::string_view head) {
  static constexpr std::string_view kStyle = R"(
body{font:15px/1.45 system-ui,sans-serif;margin:1.5rem auto;max-width:72rem;padding:0 1rem;
color:#1a1c1e}
h1{font-size:1.5rem;margin:.4rem 0 1rem;overflow-wrap:anywhere}
h2{font-size:1.1rem;margin:1.6rem 0 .4rem}
a{color:#0b57d0}table{border-collapse:collapse}
th,td{text-align:left;vertical-align:top;padding:.2rem .9rem .2rem 0;overflow-wrap:anywhere}
th{font-weight:600;white-space:nowrap}.facts th{font-weight:400;color:#5a5f66}
td.number{text-align:right;white-space:nowrap;font-variant-numeric:tabular-nums}
.stamp{white-space:nowrap;font-variant-numeric:tabular-nums}.quiet{color:#5a5f66}
pre,code{margin:0;font:12.5px/1.45 ui-monospace,monospace}
pre{white-space:pre-wrap;overflow-wrap:anywhere}
.facts pre{line-height:21px}
.state{font-weight:600;font-size:13px}
.SUCCEEDED{color:#146c2e}.FAILED{color:#b3261e}.CANCELLED{color:#5a5f66}
.RUNNING{color:#0b57d0}.jobs{width:100%}.jobs td,.log td{border-top:1px solid #e3e5e8}
.why{width:50%;color:#b3261e;font-size:13px}
.cause{border-left:4px solid #b3261e;background:#fdf1f0;padding:.6rem .9rem;margin:0 0 1rem}
.log{width:100%;font-size:12.5px}.log .message{width:100%}.task,.severity{white-space:nowrap}
.stamp,.task,.severity{color:#5a5f66}.WARNING .severity,.WARNING pre{color:#8a5300}
.ERROR .severity,.ERROR pre,.CRITICAL .severity,.CRITICAL pre,.ALERT .severity,.ALERT pre,
.EMERGENCY .severity,.EMERGENCY pre{color:#b3261e}
@media(max-width:44rem){.log tr:first-child,.jobs tr:first-child{display:none}
.log tr,.jobs tr{display:block;border-top:1px solid #e3e5e8;padding:.25rem 0}
.log td,.jobs td{border:0;padding:0 .6rem 0 0;display:inline}.log .message,.jobs .why{display:block}
.facts th{white-space:normal}}
)";
  std::string page =
      "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\">"
      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>";
  page += Escape(title);
  page += " · mlengine</title>";
  page += head;
  page += "<style>";
  page += kStyle;
  page += "</style></head><body><a href=\"/ui\">mlengine</a><h1>";
  page += Escape(title);
  page += "</h1>";
  page += body;
  page += "</body></html>";
  return page;
}

}  // namespace mlengine::engine_api

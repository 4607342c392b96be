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
a{color:#0b57d0}
code{font:12.5px/1.45 ui-monospace,monospace}
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

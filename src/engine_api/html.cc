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
  static constexpr std::string_view kStyle =
      "body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:70rem;padding:0 "
      "1rem;color:#1a1c1e}"
      "h1{font-size:1.5rem}h2{font-size:1.1rem;margin-top:1.6rem}a{color:#0b57d0}"
      "table{border-collapse:collapse}th,td{text-align:left;vertical-align:top;padding:.2rem .9rem "
      ".2rem 0}"
      "td.number{text-align:right}.log{width:100%;font-size:13px}.log td{border-top:1px solid "
      "#e3e5e8}"
      "pre{margin:0;white-space:pre-wrap;word-break:break-word;font:12.5px/1.4 "
      "ui-monospace,monospace}"
      ".ERROR pre,.CRITICAL pre{color:#b3261e}.WARNING pre{color:#8a5300}";
  std::string page = "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>";
  page += Escape(title);
  page += " · mlengine</title>";
  page += head;
  page += "<style>";
  page += kStyle;
  page += "</style></head><body><p><a href=\"/ui\">mlengine</a></p><h1>";
  page += Escape(title);
  page += "</h1>";
  page += body;
  page += "</body></html>";
  return page;
}

}  // namespace mlengine::engine_api

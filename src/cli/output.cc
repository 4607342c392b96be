#include "cli/output.h"

#include <algorithm>
#include <boost/json.hpp>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <ctime>
#include <ostream>

#include "base/clock.h"
#include "cli/command.h"
#include "cli/session.h"
#include "cli/yaml_output.h"

namespace mlengine::cli {
namespace {

using boost::json::array;
using boost::json::value;

// As Python writes it: the fewest digits that mean this number, with an exponent only for the very
// large and small.
std::string PythonFloat(double number) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number < 0 ? "-Infinity" : "Infinity";
  char buffer[64];
  const auto end =
      std::to_chars(buffer, buffer + sizeof(buffer), number, std::chars_format::scientific).ptr;
  const std::string_view text(buffer, static_cast<std::size_t>(end - buffer));
  const std::size_t e = text.find('e');
  if (e == std::string_view::npos) return std::string(text);
  const int exponent = std::atoi(std::string(text.substr(e + 1)).c_str());
  if (exponent < -4 || exponent >= 16) return std::string(text);
  const int places =
      static_cast<int>(text.find('.') == std::string_view::npos ? 0 : e - text.find('.') - 1);
  const int fraction = std::max(places - exponent, 1);
  return {buffer,
          std::to_chars(buffer, buffer + sizeof(buffer), number, std::chars_format::fixed, fraction)
              .ptr};
}

std::string Scalar(const value& item) {
  return item.is_double() ? PythonFloat(item.get_double()) : boost::json::serialize(item);
}

void AppendJson(const value& item, std::size_t indent, std::string& out) {
  const std::string pad(indent + 2, ' ');
  bool first = true;
  const auto separate = [&] {
    out += first ? "\n" : ",\n";
    out += pad;
    first = false;
  };
  if (item.is_object() && !item.get_object().empty()) {
    std::vector<std::string_view> keys;
    for (const auto& field : item.get_object()) keys.push_back(field.key());
    std::sort(keys.begin(), keys.end());
    out += '{';
    for (const std::string_view key : keys) {
      separate();
      out += boost::json::serialize(boost::json::string(key)) + ": ";
      AppendJson(item.get_object().at(key), indent + 2, out);
    }
    out += "\n" + std::string(indent, ' ') + "}";
  } else if (item.is_array() && !item.get_array().empty()) {
    out += '[';
    for (const value& one : item.get_array()) {
      separate();
      AppendJson(one, indent + 2, out);
    }
    out += "\n" + std::string(indent, ' ') + "]";
  } else {
    out += Scalar(item);
  }
}

std::string LocalTime(const std::string& text, const char* form) {
  const Result<Time> time = ParseTime(text);
  if (!time.ok()) return text;
  const std::time_t seconds = static_cast<std::time_t>(ToUnixNanos(*time) / 1'000'000'000);
  std::tm local{};
  ::localtime_r(&seconds, &local);
  char buffer[64];
  return {buffer, std::strftime(buffer, sizeof(buffer), form, &local)};
}

// The fields of "value(a,b)" or "table(a,b)"; false when `format` is not of that form.
bool FieldsOf(const std::string& format, std::string_view form, std::vector<std::string>& out) {
  if (format.rfind(std::string(form) + "(", 0) != 0 || format.back() != ')') return false;
  std::string inner = format.substr(form.size() + 1, format.size() - form.size() - 2) + ",";
  for (std::size_t start = 0, comma = 0; (comma = inner.find(',', start)) != std::string::npos;
       start = comma + 1) {
    std::string field = inner.substr(start, comma - start);
    field.erase(0, std::min(field.find_first_not_of(' '), field.size()));
    field.erase(field.find_last_not_of(' ') + 1);
    if (!field.empty()) out.push_back(field);
  }
  return true;
}

std::string TableTitle(std::string_view field) {
  std::string out;
  for (const char c :
       field.substr(field.rfind('.') == std::string_view::npos ? 0 : field.rfind('.') + 1)) {
    if (c >= 'A' && c <= 'Z' && !out.empty()) out += '_';
    out += static_cast<char>(c >= 'a' && c <= 'z' ? c - 32 : c);
  }
  return out;
}

std::string TableText(const array& items, const std::vector<Column>& columns) {
  std::vector<std::vector<std::string>> rows(1);
  for (const Column& column : columns) rows[0].emplace_back(column.title);
  for (const value& item : items) {
    std::vector<std::string>& row = rows.emplace_back();
    for (const Column& column : columns) {
      std::string text = FieldText(item, column.field);
      if (column.is_name) text.erase(0, text.rfind('/') + 1);
      row.push_back(column.is_time ? LocalTableTime(text) : text);
    }
  }
  return AlignTable(rows);
}

// True when `format` was understood; `text` is then what to print.
bool Render(const std::string& format, const array& items, bool is_list,
            const std::vector<Column>& columns, std::string& text) {
  std::vector<std::string> fields;
  if (format == "json") {
    AppendJson(is_list ? value(items) : items.front(), 0, text);
    text += '\n';
  } else if (format == "yaml") {
    for (const value& item : items) text += (is_list ? "---\n" : "") + ToYaml(item);
  } else if (FieldsOf(format, "value", fields)) {
    for (const value& item : items) {
      for (std::size_t i = 0; i < fields.size(); ++i)
        text += (i > 0 ? "\t" : "") + FieldText(item, fields[i]);
      text += '\n';
    }
  } else if (format == "table" && !columns.empty()) {
    text = TableText(items, columns);
  } else if (FieldsOf(format, "table", fields)) {
    std::vector<std::string> titles;
    std::vector<Column> chosen;
    for (const std::string& field : fields) titles.push_back(TableTitle(field));
    for (std::size_t i = 0; i < fields.size(); ++i) chosen.push_back({titles[i], fields[i], false});
    text = TableText(items, chosen);
  } else {
    return false;
  }
  return true;
}

Status PrintItems(const Invocation& invocation, Session& session, const array& items, bool is_list,
                  const std::vector<Column>& columns, std::string_view fallback) {
  const std::string format = invocation.Text("format", fallback);
  std::string text;
  if (!Render(format, items, is_list, columns, text)) {
    return InvalidArgumentError("--format=" + format + " is not known. Use " +
                                (columns.empty() ? "" : "table, ") +
                                "json, yaml, value(FIELD,...) or table(FIELD,...).");
  }
  session.out << text;
  return OkStatus();
}

}  // namespace

std::string FieldText(const value& item, std::string_view path) {
  const value* at = &item;
  while (!path.empty()) {
    const std::size_t dot = std::min(path.find('.'), path.size());
    if (!at->is_object()) return "";
    at = at->get_object().if_contains(path.substr(0, dot));
    if (at == nullptr) return "";
    path.remove_prefix(std::min(dot + 1, path.size()));
  }
  if (at->is_string()) return std::string(at->get_string());
  if (at->is_null()) return "";
  if (at->is_bool()) return at->get_bool() ? "True" : "False";
  std::string out;
  if (at->is_array()) {
    for (const value& one : at->get_array()) out += (out.empty() ? "" : ";") + FieldText(one, "");
  } else if (at->is_object()) {
    for (const auto& field : at->get_object()) {
      out +=
          (out.empty() ? "" : ";") + std::string(field.key()) + "=" + FieldText(field.value(), "");
    }
  } else {
    out = Scalar(*at);
  }
  return out;
}

Status PrintOne(const Invocation& invocation, Session& session, const value& item) {
  return PrintItems(invocation, session, {item}, false, {}, "yaml");
}

Status PrintList(const Invocation& invocation, Session& session, const array& items,
                 const std::vector<Column>& columns) {
  if (items.empty() && (!invocation.Has("format") || invocation.Text("format") == "table")) {
    if (!invocation.Has("quiet")) session.err << "Listed 0 items.\n";
    return OkStatus();
  }
  return PrintItems(invocation, session, items, true, columns, "table");
}

Status PrintDocuments(const Invocation& invocation, Session& session, const array& items) {
  return PrintItems(invocation, session, items, true, {}, "yaml");
}

std::string LocalTableTime(const std::string& text) {
  return LocalTime(text, "%Y-%m-%dT%H:%M:%S");
}
std::string LocalLogTime(const std::string& text) {
  return LocalTime(text, "%Y-%m-%d %H:%M:%S %z");
}

std::string AlignTable(const std::vector<std::vector<std::string>>& rows) {
  std::vector<std::size_t> widths;
  for (const auto& row : rows) {
    widths.resize(std::max(widths.size(), row.size()));
    for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string out;
  for (const auto& row : rows) {
    std::string line;
    for (std::size_t i = 0; i < row.size(); ++i)
      line += row[i] + std::string(widths[i] - row[i].size() + 2, ' ');
    out += line.substr(0, line.find_last_not_of(' ') + 1) + '\n';
  }
  return out;
}

}  // namespace mlengine::cli

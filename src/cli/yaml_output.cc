#include "cli/yaml_output.h"

#include <algorithm>
#include <boost/json.hpp>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "cli/yaml_scalar.h"

namespace mlengine::cli {
namespace {

using boost::json::array;
using boost::json::object;
using boost::json::value;

// Written without a fraction on the wire when it is 0, but a double in the API.
bool IsDoubleField(std::string_view key) {
  return key == "consumedMLUnits" || key == "nodeHours" || key == "objectiveValue" ||
         key == "maxValue" || key == "minValue" || key == "discreteValues";
}

void Append(const value& item, std::size_t indent, bool is_double, std::string& out);

std::vector<const object::value_type*> Sorted(const object& fields) {
  std::vector<const object::value_type*> out;
  for (const auto& field : fields) out.push_back(&field);
  std::sort(out.begin(), out.end(),
            [](const auto* a, const auto* b) { return a->key() < b->key(); });
  return out;
}

std::size_t Column(const std::string& out) {
  const std::size_t start = out.rfind('\n') == std::string::npos ? 0 : out.rfind('\n') + 1;
  return static_cast<std::size_t>(
      std::count_if(out.begin() + static_cast<std::ptrdiff_t>(start), out.end(),
                    [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

// The scalar or empty collection `item`, and the end of its line. Further lines start at `indent`.
void AppendLeaf(const value& item, std::size_t indent, bool is_double, std::string& out) {
  if (item.is_string()) {
    const std::string_view text = item.get_string();
    out += YamlScalar(text, Column(out), indent, false);
  } else if (item.is_double() || (is_double && item.is_number())) {
    out += FormatFloat(item.to_number<double>());
  } else {
    out += boost::json::serialize(item);  // numbers, true, false, null, [] and {}
  }
  out += '\n';
}

bool IsBlock(const value& item) {
  return (item.is_object() && !item.get_object().empty()) ||
         (item.is_array() && !item.get_array().empty());
}

void AppendObject(const object& fields, std::size_t indent, std::string& out) {
  bool first = true;
  for (const auto* field : Sorted(fields)) {
    if (!first) out.append(indent, ' ');
    first = false;
    out += YamlScalar(field->key(), indent, indent, true) + ":";
    const value& item = field->value();
    const bool is_double = IsDoubleField(field->key());
    if (!IsBlock(item)) {
      out += ' ';
      AppendLeaf(item, indent + 2, is_double, out);
    } else {
      // A list stands at its key's own column.
      const std::size_t inner = item.is_array() ? indent : indent + 2;
      out += '\n' + std::string(inner, ' ');
      Append(item, inner, is_double, out);
    }
  }
}

void Append(const value& item, std::size_t indent, bool is_double, std::string& out) {
  if (item.is_object() && IsBlock(item)) return AppendObject(item.get_object(), indent, out);
  if (!IsBlock(item)) return AppendLeaf(item, indent, is_double, out);
  bool first = true;
  for (const value& one : item.get_array()) {
    if (!first) out.append(indent, ' ');
    first = false;
    out += "- ";
    Append(one, indent + 2, is_double, out);
  }
}

}  // namespace

std::string FormatFloat(double number) {
  if (std::isnan(number)) return ".nan";
  if (std::isinf(number)) return number < 0 ? "-.inf" : ".inf";
  char buffer[64];
  std::snprintf(buffer, sizeof(buffer), "%.6g", number);
  std::string out = buffer;
  const std::size_t exponent = out.find("e+");
  if (exponent != std::string::npos) {
    if (std::atoi(out.c_str() + exponent + 2) >= 9) return out;
    std::snprintf(buffer, sizeof(buffer), "%.1f", number);
    return buffer;
  }
  // Six digits before the point leave none for the fraction; gcloud then falls back to one place.
  if (out.find_first_of(".en") == std::string::npos) {
    std::snprintf(buffer, sizeof(buffer), "%.1f", number);
    out = buffer;
  }
  return out;
}

std::string ToYaml(const value& item) {
  std::string out;
  Append(item, 0, false, out);
  return out;
}

}  // namespace mlengine::cli

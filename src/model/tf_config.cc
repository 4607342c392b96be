#include "model/tf_config.h"

#include <cstdio>

namespace mlengine::model {
namespace {

// A JSON string in ASCII, as Python's json.dumps writes it.
std::string Quoted(std::string_view text) {
  std::string out = "\"";
  const auto escape = [&](unsigned unit) {
    char buffer[8];
    std::snprintf(buffer, sizeof(buffer), "\\u%04x", unit);
    out += buffer;
  };
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    unsigned point = lead < 0x80 ? lead : lead & (0xFFU >> (length + 1));
    for (std::size_t k = 1; k < length && i + k < text.size(); ++k) {
      point = (point << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3FU);
    }
    i += length;
    if (point == '"' || point == '\\') {
      out += '\\';
      out += static_cast<char>(point);
    } else if (point == '\n' || point == '\t' || point == '\r' || point == '\b' || point == '\f') {
      out += point == '\n'   ? "\\n"
             : point == '\t' ? "\\t"
             : point == '\r' ? "\\r"
             : point == '\b' ? "\\b"
                             : "\\f";
    } else if (point >= 0x10000) {
      escape(0xD800 + ((point - 0x10000) >> 10));
      escape(0xDC00 + ((point - 0x10000) & 0x3FF));
    } else if (point < 0x20 || point > 0x7E) {
      escape(point);
    } else {
      out += static_cast<char>(point);
    }
  }
  return out + "\"";
}

std::string QuotedList(const std::vector<std::string>& items) {
  std::string out = "[";
  for (std::size_t i = 0; i < items.size(); ++i) out += (i > 0 ? ", " : "") + Quoted(items[i]);
  return out + "]";
}

}  // namespace

std::string TfConfig(std::string_view job_json, const std::optional<TfTask>& task,
                     const std::optional<ClusterSpec>& cluster) {
  std::string out = "{\"job\": " + std::string(job_json) + ", \"task\": {";
  if (task) {
    out += "\"type\": " + Quoted(task->type) + ", \"index\": " + std::to_string(task->index);
    if (!task->cloud.empty()) out += ", \"cloud\": " + Quoted(task->cloud);
  }
  out += "}, \"cluster\": {";
  if (cluster) {
    for (std::size_t i = 0; i < cluster->roles.size(); ++i) {
      const auto& [role, addresses] = cluster->roles[i];
      out += (i > 0 ? ", " : "") + Quoted(role) + ": " + QuotedList(addresses);
    }
  }
  return out + "}, \"environment\": \"cloud\"}";
}

std::string LocalJobJson(const std::string& module, const std::vector<std::string>& args) {
  return "{\"job_name\": " + Quoted(module) + ", \"args\": " + QuotedList(args) + "}";
}

}  // namespace mlengine::model

#include "cli/tf_config.h"

#include <cstdio>

namespace mlengine::cli {
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

std::string Addresses(int first_port, int count) {
  std::string out = "[";
  for (int i = 0; i < count; ++i)
    out += (i > 0 ? ", " : "") + Quoted("localhost:" + std::to_string(first_port + i));
  return out + "]";
}

}  // namespace

std::string LocalTfConfig(const std::string& module, const std::vector<std::string>& args,
                          const LocalCluster* cluster, std::string_view task_type, int index) {
  std::string out = "{\"job\": {\"job_name\": " + Quoted(module) + ", \"args\": [";
  for (std::size_t i = 0; i < args.size(); ++i) out += (i > 0 ? ", " : "") + Quoted(args[i]);
  out += "]}, \"task\": ";
  if (cluster == nullptr) return out + "{}, \"cluster\": {}, \"environment\": \"cloud\"}";
  const int first = cluster->start_port;
  out += "{\"type\": " + Quoted(task_type) + ", \"index\": " + std::to_string(index) +
         "}, \"cluster\": {";
  out += Quoted(cluster->primary) + ": " + Addresses(first, 1);
  out += ", \"ps\": " + Addresses(first + 1, cluster->parameter_servers);
  out += ", \"worker\": " + Addresses(first + 1 + cluster->parameter_servers, cluster->workers);
  return out + "}, \"environment\": \"cloud\"}";
}

}  // namespace mlengine::cli

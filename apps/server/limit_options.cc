#include "limit_options.h"

#include <charconv>
#include <chrono>
#include <functional>
#include <map>

#include "base/nearest_word.h"

namespace mlengine::server {
namespace {

using KeySetter = std::function<void(const YAML::Node&, LimitOptions&)>;
using Keys = std::map<std::string, KeySetter>;

void SetEach(const std::string& name, const YAML::Node& node, const Keys& keys,
             LimitOptions& limits) {
  if (!node.IsMap()) throw YAML::BadConversion(node.Mark());
  for (const auto& item : node) {
    const auto key = item.first.as<std::string>();
    const auto found = keys.find(key);
    if (found != keys.end()) {
      found->second(item.second, limits);
      continue;
    }
    std::string known;
    std::vector<std::string> names;
    for (const auto& [one, setter] : keys) {
      known += (known.empty() ? "" : ", ") + one;
      names.push_back(one);
    }
    const std::string nearest = NearestWord(key, names);
    throw YAML::Exception(item.first.Mark(),
                          "unknown key \"" + name + "." + key + "\"" +
                              (nearest.empty() ? "; known are: " + known
                                               : "; did you mean " + name + "." + nearest + "?"));
  }
}

std::uint64_t BytesOf(const YAML::Node& node) {
  const auto text = node.as<std::string>();
  if (const auto bytes = ParseBytes(text)) return *bytes;
  throw YAML::Exception(node.Mark(), "\"" + text + "\" is not a size, like 4096, 256 MiB or 2 GiB");
}

int Positive(const YAML::Node& node, int most) {
  const int value = node.as<int>();
  if (value >= 1 && value <= most) return value;
  throw YAML::Exception(node.Mark(), "must be from 1 to " + std::to_string(most));
}

// "2 GiB" or "3%", up to `most` percent.
DiskShare ShareOf(const YAML::Node& node, double most) {
  const auto text = node.as<std::string>();
  if (!text.ends_with('%')) return {.bytes = BytesOf(node)};
  const auto percent = YAML::Node(text.substr(0, text.size() - 1)).as<double>();
  if (percent > 0 && percent <= most) return {.percent = percent};
  throw YAML::Exception(node.Mark(), "must be more than 0% and at most " +
                                         std::to_string(static_cast<int>(most)) + "%");
}

std::chrono::seconds Seconds(const YAML::Node& node) {
  return std::chrono::seconds(Positive(node, 24 * 3600));
}

}  // namespace

std::uint64_t DiskShare::Of(std::uint64_t total) const {
  if (percent <= 0) return bytes;
  return static_cast<std::uint64_t>(static_cast<double>(total) / 100 * percent);
}

std::optional<std::uint64_t> ParseBytes(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{}) return std::nullopt;
  std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  int shift = 0;
  for (const std::string_view name : {"", "KiB", "MiB", "GiB", "TiB"}) {
    if (unit == name) {
      if (shift > 0 && value >> (64 - shift) != 0) return std::nullopt;
      return value << shift;
    }
    shift += 10;
  }
  return std::nullopt;
}

void SetDisk(const YAML::Node& node, LimitOptions& limits) {
  static const Keys keys = {
      {"lowWater",
       [](const YAML::Node& value, LimitOptions& l) { l.low_water = ShareOf(value, 50); }},
      {"reserve", [](const YAML::Node& value, LimitOptions& l) { l.reserve = BytesOf(value); }},
  };
  SetEach("disk", node, keys, limits);
}

void SetLimits(const YAML::Node& node, LimitOptions& limits) {
  using Node = YAML::Node;
  using Limits = LimitOptions;
  static const Keys keys = {
      {"connections",
       [](const Node& n, Limits& l) {
         l.net.connection_limit = static_cast<std::size_t>(Positive(n, 1'000'000));
       }},
      {"headerBytes",
       [](const Node& n, Limits& l) {
         l.net.header_limit = static_cast<std::size_t>(Positive(n, 1 << 20));
       }},
      {"headerSeconds", [](const Node& n, Limits& l) { l.net.header_timeout = Seconds(n); }},
      {"bodySeconds", [](const Node& n, Limits& l) { l.net.body_timeout = Seconds(n); }},
      {"bodyBytesPerSecond",
       [](const Node& n, Limits& l) {
         l.net.body_rate = static_cast<std::size_t>(Positive(n, 1 << 30));
       }},
      {"idleSeconds", [](const Node& n, Limits& l) { l.net.idle_timeout = Seconds(n); }},
      {"readerSeconds", [](const Node& n, Limits& l) { l.net.write_timeout = Seconds(n); }},
      {"unfinishedUploads",
       [](const Node& n, Limits& l) {
         l.uploads.count = static_cast<std::size_t>(Positive(n, 1'000'000));
       }},
      {"unfinishedUploadBytes", [](const Node& n, Limits& l) { l.uploads.bytes = BytesOf(n); }},
      {"unfinishedUploadDays",
       [](const Node& n, Limits& l) {
         l.uploads.life = std::chrono::hours(24 * Positive(n, 365));
       }},
  };
  SetEach("limits", node, keys, limits);
}

void SetLogs(const YAML::Node& node, LimitOptions& limits) {
  constexpr int kYear = 365 * 24 * 3600;
  static const Keys keys = {
      {"budget",
       [](const YAML::Node& value, LimitOptions& l) { l.log_budget = ShareOf(value, 100); }},
      {"archiveAfterSeconds",
       [](const YAML::Node& value, LimitOptions& l) {
         l.archive_logs_after = std::chrono::seconds(Positive(value, kYear));
       }},
      {"lookEverySeconds",
       [](const YAML::Node& value, LimitOptions& l) { l.look_at_logs_every = Seconds(value); }},
  };
  SetEach("logs", node, keys, limits);
}

void SetHints(const YAML::Node& node, LimitOptions& limits) {
  constexpr int kMonth = 30 * 24 * 3600;
  static const Keys keys = {
      {"enabled",
       [](const YAML::Node& value, LimitOptions& l) { l.give_hints = value.as<bool>(); }},
      {"idleSeconds", [](const YAML::Node& value,
                         LimitOptions& l) { l.hints.idle_seconds = Positive(value, kMonth); }},
      {"checkpointSeconds",
       [](const YAML::Node& value, LimitOptions& l) {
         l.hints.checkpoint_seconds = Positive(value, kMonth);
       }},
      {"diskSeconds", [](const YAML::Node& value,
                         LimitOptions& l) { l.hints.disk_seconds = Positive(value, kMonth); }},
      {"lookEverySeconds",
       [](const YAML::Node& value, LimitOptions& l) { l.look_at_health_every = Seconds(value); }},
  };
  SetEach("hints", node, keys, limits);
}

}  // namespace mlengine::server

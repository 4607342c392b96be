#include "cli/resource_text.h"

#include <array>
#include <charconv>
#include <cmath>

#include "base/number_text.h"
#include "cli/output.h"
#include "cli/plot.h"

namespace mlengine::cli {
namespace {

using boost::json::object;
using boost::json::value;

constexpr std::array kUnits = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};

double NumberAt(const object& from, const std::string& path) {
  const std::string text = FieldText(from, path);
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string DurationText(double milliseconds) {
  if (milliseconds < 60'000) return FixedText(milliseconds / 1000, 1) + " s";
  const auto minutes = static_cast<long long>(milliseconds / 60'000);
  if (minutes < 120) return std::to_string(minutes) + " min";
  return std::to_string(minutes / 60) + " h " + std::to_string(minutes % 60) + " min";
}

// "…, 3.0 MiB read and 5.0 MiB written"; "" when both are nothing.
std::string Pair(const object& use, const std::string& one, const char* did, const std::string& two,
                 const char* done) {
  const double first = NumberAt(use, one);
  const double second = NumberAt(use, two);
  if (first <= 0 && second <= 0) return "";
  return ", " + BytesText(first) + " " + did + " and " + BytesText(second) + " " + done;
}

std::string GpuTexts(const object& use) {
  std::string out;
  const value* gpus = use.if_contains("gpus");
  if (gpus == nullptr || !gpus->is_array()) return out;
  int number = 0;
  for (const value& gpu : gpus->get_array()) {
    const std::string name = ", GPU " + std::to_string(number++);
    if (!gpu.is_object() || FieldText(gpu, "wasSeen") != "True") continue;
    const std::string duty = FieldText(gpu, "meanDutyPercent");
    out += name + " " + (duty.empty() ? "0" : duty) + " % busy with " +
           BytesText(NumberAt(gpu.get_object(), "peakMemoryBytes")) + " at most";
  }
  return out;
}

}  // namespace

std::string BytesText(double bytes) {
  std::size_t unit = 0;
  while (std::abs(bytes) >= 1024 && unit + 1 < kUnits.size()) {
    bytes /= 1024;
    ++unit;
  }
  return FixedText(bytes, unit == 0 || bytes >= 100 ? 0 : 1) + " " + kUnits[unit];
}

std::string UseText(const value& replica) {
  if (!replica.is_object()) return "";
  const value* at = &replica;
  for (const char* name : {"status", "exit", "use"}) {
    at = at->is_object() ? at->get_object().if_contains(name) : nullptr;
    if (at == nullptr) return "";
  }
  if (!at->is_object()) return "";
  const object& use = at->get_object();
  const double wall = NumberAt(use, "wallMs");
  const double cpu = (NumberAt(use, "cpuUserNs") + NumberAt(use, "cpuSystemNs")) / 1e9;
  std::string out = FixedText(cpu, cpu < 100 ? 1 : 0) + " s of CPU in " + DurationText(wall);
  if (wall >= 1000) out += " (" + ShortNumber(std::round(cpu / wall * 1e5) / 100) + " CPUs)";
  out += ", " + BytesText(NumberAt(use, "peakMemoryBytes")) + " of memory at most";
  out += Pair(use, "disk.readBytes", "read", "disk.writtenBytes", "written");
  const bool of_host = FieldText(use, "network.ofHost") == "True";
  out += Pair(use, "network.sentBytes", "sent", "network.receivedBytes",
              of_host ? "received by the whole machine" : "received");
  return out + GpuTexts(use);
}

std::string ResourceValue(std::string_view tag, double value) {
  if (tag.find("memory") != std::string_view::npos) return BytesText(value);
  if (tag.ends_with("_duty")) return ShortNumber(value) + " %";
  const bool is_rate = tag.ends_with("_read") || tag.ends_with("_written") ||
                       tag.ends_with("_sent") || tag.ends_with("_received");
  return is_rate ? BytesText(value) + "/s" : ShortNumber(value);
}

}  // namespace mlengine::cli

// What the runner reads of a program and its package: requirements, output, and the lists of other
// programs.
#include <algorithm>
#include <set>
#include <vector>

#include "executor/local/gpu_list.h"
#include "fuzz_target.h"
#include "insight/step_arguments.h"
#include "runner/gpu_watch.h"
#include "runner/network_watch.h"
#include "runner/process_use.h"
#include "runner/requirement.h"
#include "runner/socket_bytes.h"
#include "runner/text.h"
#include "wire/codec/utf8.h"

namespace mlengine::fuzz {
namespace {

bool IsUtf8(const std::string& text) {
  return wire::ValidUtf8Prefix(text) == text.size();
}

void CheckArguments(const std::string& text) {
  std::vector<std::string> arguments;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    arguments.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  const auto flag = insight::FindLengthFlag(arguments);
  static_cast<void>(insight::EvaluationInterval(arguments));
  if (!flag) return;
  Require(flag->argument < arguments.size(), "the flag is one of the arguments");
  Require(flag->total() >= 0, "a length is not negative");
  const auto shorter = insight::WithLength(arguments, *flag, 10);
  Require(shorter.size() == arguments.size(), "no argument is lost");
  const auto again = insight::FindLengthFlag(shorter);
  Require(again && again->argument == flag->argument, "the flag is found again");
  Require(
      again->total() <= std::max<std::int64_t>(10, static_cast<std::int64_t>(flag->values.size())),
      "the length is the new one");
}

// What the samples are made of.
void CheckSampleTexts(std::string_view bytes) {
  const runner::GpuLine gpu = runner::ParseGpuLine(bytes);
  if (gpu.use.duty_percent)
    Require(*gpu.use.duty_percent >= 0 && *gpu.use.duty_percent <= 100, "duty is in percent");
  Require(gpu.use.memory_bytes.value_or(0) >= 0, "a GPU's memory is not negative");
  Require(!gpu.uuid.empty() || gpu.use == model::GpuSample{}, "nothing is told of no GPU");
  static_cast<void>(runner::ParseProcessStat(bytes));
  if (const auto host = runner::ParseHostCounters(bytes))
    Require(host->of_host, "the machine's are marked");
  std::vector<runner::SocketBytes> sockets;
  const std::set<std::uint32_t> inodes = {1};
  const Result<bool> done = runner::ParseSocketBytes(bytes, &inodes, sockets);
  static_cast<void>(runner::ParseSocketBytes(bytes, nullptr, sockets));
  if (!done.ok()) Require(!done.status().message().empty(), "an error says something");
  for (const runner::SocketBytes& socket : sockets)
    Require(socket.sent >= 0 && socket.received >= 0, "bytes are not negative");
  runner::NetworkWatch watch;
  const model::NetworkSample first = watch.Count(sockets);
  const model::NetworkSample second = watch.Count(sockets);
  Require(second.received_bytes >= first.received_bytes, "sums do not fall");
}

}  // namespace

FUZZ_TARGET(runner_texts) {
  CheckSampleTexts(bytes);
  Require(IsUtf8(runner::ToUtf8(bytes)), "ToUtf8 gives UTF-8");
  const std::string traceback = runner::LastTraceback(bytes, 200);
  Require(traceback.size() <= 200 && IsUtf8(traceback), "a traceback is short and UTF-8");
  Require(IsUtf8(runner::InterpreterComplaint(bytes, "/usr/bin/python3")), "a complaint is UTF-8");

  const runner::Distributions distributions = runner::ParseDistributions(bytes);
  for (const auto& [name, version] : distributions)
    Require(runner::NormalizeName(name) == name, "names are normalised");
  if (const auto requirement = runner::ParseRequirement(bytes)) {
    Require(!requirement->name.empty(), "a requirement has a name");
    Require(runner::NormalizeName(requirement->name) == requirement->name, "which is normalised");
    Require(!runner::Meets({}, *requirement), "nothing meets no requirement");
    static_cast<void>(runner::Meets({{requirement->name, "1.10.2"}}, *requirement));
    for (const auto& [op, version] : requirement->clauses) {
      if (op == "==")
        static_cast<void>(runner::Meets({{requirement->name, version}}, *requirement));
    }
  }
  const auto gpus = executor::ParseGpus(bytes);
  if (!gpus.ok()) Require(!gpus.status().message().empty(), "an error says something");
  if (gpus.ok()) {
    for (const auto& gpu : *gpus) Require(gpu.memory_bytes >= 0, "memory is not negative");
  }
  CheckArguments(std::string(bytes));
}

}  // namespace mlengine::fuzz

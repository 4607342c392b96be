// Why a job failed, told from what its replicas printed: any bytes give a cause within its bounds,
// the same each time, and whoever did not fail is not named.
#include "insight/first_cause.h"

#include "fuzz_target.h"
#include "insight/python_traceback.h"
#include "insight/replica_cause.h"
#include "insight/text_pattern.h"
#include "logs/line_text.h"

namespace mlengine::fuzz {
namespace {

using insight::Cause;
using insight::EndKind;

constexpr int kEndKinds = static_cast<int>(EndKind::kStartFailed) + 1;

std::int64_t Digit(const std::string& text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0;
}

// The first line of the input says how each of three replicas ended, a byte each for its end,
// status, signal and moment; the texts are theirs in turn.
insight::FailureEvidence EvidenceOf(const std::vector<std::string>& parts) {
  insight::FailureEvidence evidence;
  evidence.module = "trainer.task";
  evidence.runtime = "2.19";
  evidence.distributions = {{"tensorflow-cpu", "2.19.1"}};
  for (std::size_t i = 0; i < 3; ++i) {
    insight::Execution one;
    one.role = i == 0 ? "master" : "worker";
    one.index = i == 2 ? 1 : 0;
    one.end = static_cast<EndKind>(Digit(parts[0], 4 * i) % kEndKinds);
    one.exit_code = static_cast<int>(Digit(parts[0], 4 * i + 1));
    one.signal = static_cast<int>(Digit(parts[0], 4 * i + 2) % 32);
    one.ended_ns = Digit(parts[0], 4 * i + 3) * 1'000'000'000;
    one.superseded = i == 2 && one.exit_code % 2 == 1;
    one.address = "127.0.0.1:2000" + std::to_string(i);
    // As whoever gathers evidence does.
    one.err = logs::ToValidUtf8(parts[1 + 2 * i]);
    one.out = logs::ToValidUtf8(parts[2 + 2 * i]);
    one.install_output = one.err;
    one.told = "It was told.";
    evidence.executions.push_back(std::move(one));
  }
  return evidence;
}

bool IsUtf8(const std::string& text) {
  return logs::ToValidUtf8(text) == text;
}

void CheckText(const std::string& text, std::size_t limit) {
  Require(text.size() <= limit, "a text is bounded");
  Require(IsUtf8(text), "a text of UTF-8 evidence is UTF-8");
}

void CheckCause(const Cause& cause, const insight::FailureEvidence& evidence) {
  Require(!cause.sentence.empty(), "a cause says something");
  CheckText(cause.sentence, 1000);
  CheckText(cause.advice, 1000);
  Require(cause.evidence.size() <= 12, "evidence is short");
  for (const std::string& line : cause.evidence) CheckText(line, 400);
  Require(cause.followers.size() <= insight::kMostFollowers, "followers are bounded");
  for (const insight::Follower& one : cause.followers) CheckText(one.sentence, 1000);
  bool there = false;
  for (const insight::Execution& one : evidence.executions)
    there = there || (one.role == cause.role && one.index == cause.index);
  Require(there, "a cause is of a replica that there is");
}

void CheckTraceback(const std::string& text) {
  const auto traceback = insight::LastTracebackOf(text);
  if (!traceback) return;
  Require(!traceback->chain.empty(), "a traceback has an exception");
  for (const insight::RaisedException& raised : traceback->chain) {
    Require(!raised.type.empty() && raised.text.starts_with(raised.type),
            "an exception has a type");
    Require(raised.text.size() <= 8192, "an exception is bounded");
  }
}

}  // namespace

FUZZ_TARGET(first_cause) {
  const std::vector<std::string> parts = SplitInput(bytes, 7);
  const insight::FailureEvidence evidence = EvidenceOf(parts);
  for (const insight::Execution& one : evidence.executions) CheckTraceback(one.err);
  const auto cause = insight::FirstCause(evidence);
  bool failed = false;
  for (const insight::Execution& one : evidence.executions)
    failed = failed || (!one.superseded && insight::HasFailed(one));
  if (failed) Require(cause.has_value(), "a failure has a cause");
  if (!cause) return;
  CheckCause(*cause, evidence);
  const auto again = insight::FirstCause(evidence);
  Require(again && again->sentence == cause->sentence && again->role == cause->role,
          "the same evidence gives the same cause");
  const std::string plain = insight::WithoutColours(parts[1]);
  Require(insight::WithoutColours(plain).size() <= plain.size(), "colours only go");
}

}  // namespace mlengine::fuzz

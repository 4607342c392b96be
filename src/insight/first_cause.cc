#include "insight/first_cause.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <utility>

#include "insight/replica_cause.h"
#include "insight/text_pattern.h"

namespace mlengine::insight {
namespace {

struct Candidate {
  const Execution* execution;
  Verdict verdict;
  bool stuck = false;  // stopped, but had failed before

  bool is_network() const { return RowOf(verdict.kind).is_network; }
  // One that is not known (a lost runner's) comes first.
  std::int64_t when() const { return execution->ended_ns; }
};

// Those that hung come behind the others; names decide between equal moments.
std::tuple<bool, std::int64_t, std::string_view, int> OrderOf(const Candidate& one) {
  return {one.stuck, one.when(), one.execution->role, one.execution->index};
}

std::string NameOf(const Execution& execution) {
  return execution.role + " " + std::to_string(execution.index);
}

bool SameReplica(const Execution& a, const Execution& b) {
  return a.role == b.role && a.index == b.index;
}

// Executions that failed, and those that hung with a traceback until they were stopped.
std::vector<Candidate> CandidatesOf(const FailureEvidence& evidence) {
  std::vector<Candidate> candidates;
  for (const Execution& execution : evidence.executions) {
    if (execution.superseded) continue;
    if (HasFailed(execution)) {
      candidates.push_back({&execution, JudgeExecution(execution, evidence)});
    } else if (auto stuck = JudgeStopped(execution, evidence)) {
      candidates.push_back({&execution, *std::move(stuck), true});
    }
  }
  std::ranges::sort(candidates, {}, OrderOf);
  return candidates;
}

// One that was started again, and whose end may have pulled the others down. Of a replica that
// failed for good its last execution tells.
void AddSuperseded(const FailureEvidence& evidence, std::vector<Candidate>& candidates) {
  const std::int64_t first = candidates[0].when();
  std::vector<Candidate> added;
  for (const Execution& execution : evidence.executions) {
    const bool late = execution.ended_ns > first || execution.ended_ns < first - kRestartNanos;
    if (!execution.superseded || !HasFailed(execution) || late) continue;
    const bool failed_again = std::ranges::any_of(candidates, [&](const Candidate& other) {
      return SameReplica(*other.execution, execution) && !other.stuck;
    });
    if (!failed_again) added.push_back({&execution, JudgeExecution(execution, evidence)});
  }
  std::ranges::sort(added, {}, OrderOf);
  candidates.insert(candidates.begin(), std::make_move_iterator(added.begin()),
                    std::make_move_iterator(added.end()));
}

// The first by time; but an error of the network only where no other error explains it.
std::size_t ChooseFirst(const std::vector<Candidate>& candidates) {
  const Candidate& first = candidates[0];
  if (!first.is_network()) return 0;
  for (std::size_t i = 1; i < candidates.size(); ++i) {
    const Candidate& other = candidates[i];
    if (other.is_network()) continue;
    const bool near = other.when() - kUnwindingNanos <= first.when();
    const bool certain = other.verdict.kind != CauseKind::kUnknown;
    if (other.stuck || (near && (certain || other.when() <= first.when()))) return i;
  }
  return 0;
}

// A replica of the job whose address the evidence of a lost connection names.
const Execution* PeerOf(const FailureEvidence& evidence, const Candidate& lost) {
  for (const Execution& peer : evidence.executions) {
    if (peer.address.empty() || SameReplica(peer, *lost.execution)) continue;
    for (const std::string& line : lost.verdict.evidence) {
      const std::size_t at = line.find(peer.address);
      if (at == std::string::npos) continue;
      const std::size_t end = at + peer.address.size();
      if (end >= line.size() || std::isdigit(static_cast<unsigned char>(line[end])) == 0)
        return &peer;
    }
  }
  return nullptr;
}

std::vector<Follower> FollowersOf(const FailureEvidence& evidence,
                                  const std::vector<Candidate>& candidates,
                                  const Execution& cause) {
  std::vector<Follower> followers;
  for (const Execution& execution : evidence.executions) {
    if (execution.superseded || &execution == &cause) continue;
    if (execution.end == EndKind::kFinished && !HasFailed(execution)) continue;
    const auto found = std::ranges::find_if(candidates, [&](const Candidate& one) {
      return one.execution == &execution && !one.stuck;
    });
    std::string sentence;
    if (found != candidates.end()) {
      sentence = found->verdict.sentence;
    } else if (SameReplica(execution, cause)) {
      sentence = "It had been started again, and was stopped with the job.";
    } else if (execution.end == EndKind::kStopped) {
      sentence = "It was stopped because another replica had failed.";
    } else {
      continue;
    }
    followers.push_back({execution.role, execution.index, execution.ended_ns, std::move(sentence)});
  }
  std::ranges::sort(followers, {}, [](const Follower& one) {
    return std::tuple(one.when_ns, std::string_view(one.role), one.index);
  });
  if (followers.size() > kMostFollowers) followers.resize(kMostFollowers);
  return followers;
}

Cause CauseAt(const Execution& execution, Verdict verdict) {
  Cause cause;
  cause.kind = verdict.kind;
  cause.role = execution.role;
  cause.index = execution.index;
  cause.restart = execution.restart;
  cause.when_ns = execution.ended_ns;
  cause.sentence = std::move(verdict.sentence);
  cause.advice = std::move(verdict.advice);
  cause.evidence = std::move(verdict.evidence);
  return cause;
}

// A lost connection to a replica that had ended by itself: that end is the cause.
std::optional<Cause> LostPeer(const FailureEvidence& evidence, const Candidate& lost) {
  const Execution* peer = PeerOf(evidence, lost);
  if (peer == nullptr || peer->end != EndKind::kFinished || peer->ended_ns == 0 ||
      peer->ended_ns > lost.when())
    return std::nullopt;
  Verdict verdict;
  verdict.kind = CauseKind::kPeerEnded;
  verdict.sentence = "The program of " + NameOf(*peer) + " ended by itself, with status 0, while " +
                     NameOf(*lost.execution) + " still needed it.";
  verdict.advice = "Let it wait for the others: a parameter server joins until it is stopped.";
  verdict.evidence = lost.verdict.evidence;
  return CauseAt(*peer, std::move(verdict));
}

}  // namespace

std::optional<Cause> FirstCause(const FailureEvidence& given) {
  FailureEvidence evidence = given;
  for (Execution& execution : evidence.executions) {
    for (std::string* text : {&execution.err, &execution.out, &execution.install_output})
      *text = WithoutColours(*text);
  }
  std::vector<Candidate> candidates = CandidatesOf(evidence);
  if (candidates.empty()) return std::nullopt;
  AddSuperseded(evidence, candidates);
  const Candidate& first = candidates[ChooseFirst(candidates)];
  std::optional<Cause> cause;
  if (first.is_network()) cause = LostPeer(evidence, first);
  const Execution* whose = first.execution;
  if (cause) {
    whose = PeerOf(evidence, first);
  } else {
    cause = CauseAt(*first.execution, first.verdict);
    const Execution* peer = first.is_network() ? PeerOf(evidence, first) : nullptr;
    if (peer != nullptr) cause->sentence += " The address is that of " + NameOf(*peer) + ".";
  }
  cause->followers = FollowersOf(evidence, candidates, *whose);
  return cause;
}

}  // namespace mlengine::insight

// Board: what is done of a plan, as the parts in object storage tell it, and what to do next. Each
// part is one object, made only where none is, so that of two replicas which do the same work one
// counts. For one thread at a time.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "batch/batch_predictor.h"
#include "batch/gs_client.h"
#include "batch/output_names.h"
#include "batch/part.h"
#include "batch/plan.h"

namespace mlengine::batch {

using SteadyTime = std::chrono::steady_clock::time_point;

struct Totals {
  std::uint64_t predictions = 0;
  std::uint64_t errors = 0;
  std::uint64_t stored_bytes = 0;  // of Plan::bytes()
};

// A span that another worker works on is left to it as long as it makes parts so often.
inline constexpr std::chrono::seconds kStale{30};

// The span that `worker` does next: its own in their order, then those of others that nobody works
// on, from the last back. `changed` is when each span got its newest part of another's, as far as
// that was seen. Nothing when there is none now. Pure.
std::optional<std::size_t> ChooseSpan(const Plan& plan, const std::vector<SpanState>& states,
                                      const std::vector<std::optional<SteadyTime>>& changed,
                                      std::size_t worker, SteadyTime now);

class Board {
 public:
  // `client` outlives the object. The plan is that of the job's first replica: made here when there
  // is none yet.
  static Result<Board> Open(GsClient& client, const GsFolder& output, const std::string& run,
                            const std::function<Result<Plan>()>& make_plan);

  // Reads which parts are there. ABORTED when some are gone: the run was finished meanwhile.
  Status Refresh();
  // The span's next part, durably. ALREADY_EXISTS when another replica made it meanwhile.
  Status Commit(std::size_t span, PartInfo info, const std::string& lines,
                const std::vector<InstanceError>& errors);

  const Plan& plan() const { return plan_; }
  const std::vector<SpanState>& states() const { return states_; }
  const std::string& run() const { return run_; }
  const GsFolder& output() const { return output_; }
  GsClient& client() const { return *client_; }
  std::optional<std::size_t> Choose(std::size_t worker) const;
  bool complete() const;
  Totals totals() const;
  // Name of an object of the output folder.
  std::string Name(std::string_view below) const { return output_.prefix + std::string(below); }

 private:
  Board(GsClient& client, GsFolder output, std::string run, Plan plan);

  GsClient* client_;
  GsFolder output_;
  std::string run_;
  Plan plan_;
  std::vector<SpanState> states_;
  std::vector<std::optional<SteadyTime>> changed_;
};

}  // namespace mlengine::batch

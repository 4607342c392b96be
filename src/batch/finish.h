// Finish: of all parts the results, once every span is complete. May be taken again from the start
// after any crash.
#pragma once

#include <string>

#include "base/result.h"
#include "batch/board.h"

namespace mlengine::batch {

// What prediction.errors_stats tells of a run that is done; nothing when this one is not.
Result<std::optional<Totals>> FinishedTotals(GsClient& client, const GsFolder& output,
                                             const std::string& run);

// Writes prediction.results, with `keys` also prediction.keys, and at last
// prediction.errors_stats, which says that the run is done.
Status JoinResults(const Board& board, const std::string& keys);

// Removes what lies beside the results of a run that is done.
Status RemoveWork(GsClient& client, const GsFolder& output, const std::string& run);

}  // namespace mlengine::batch

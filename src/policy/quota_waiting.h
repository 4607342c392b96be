// What a waiting job waits for because of its project's quotas, in sentences. Pure.
#pragma once

#include <string>
#include <vector>

#include "policy/quota.h"
#include "policy/reason.h"

namespace mlengine::policy {

// A job of the same project and region that holds room.
struct QuotaHolder {
  std::string name;
  QuotaAmounts amounts;
};

// Empty when the quotas leave it room: then it waits for something else. Codes: NO_DEVICE,
// TOO_FEW_DEVICES, QUOTA_TOO_LOW, QUOTA_TAKEN; "quota" is its name, "n" what is asked of it.
std::vector<Reason> WhyQuotaWaits(const QuotaAmounts& amounts, const QuotaLimits& limits,
                                  const std::vector<QuotaHolder>& holders,
                                  const std::string& project, const std::string& region);

// Whether the limits, less what the holders have, leave room for it; the pool's devices are another
// matter. One that they do not leave room for keeps what it needs from later jobs of its project
// and region.
bool QuotaHasRoom(const QuotaAmounts& amounts, const QuotaLimits& limits,
                  const std::vector<QuotaHolder>& holders);

}  // namespace mlengine::policy

// What a waiting job waits for because of its project's quotas, in sentences. Pure.
#pragma once

#include <string>
#include <vector>

#include "policy/quota.h"

namespace mlengine::policy {

// A job of the same project and region that holds room.
struct QuotaHolder {
  std::string name;
  QuotaAmounts amounts;
};

// Empty when the quotas leave it room: then it waits for something else.
std::vector<std::string> WhyQuotaWaits(const QuotaAmounts& amounts, const QuotaLimits& limits,
                                       const std::vector<QuotaHolder>& holders,
                                       const std::string& project, const std::string& region);

}  // namespace mlengine::policy

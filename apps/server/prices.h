// The price list of this server: the lists that ship with it, the file that mlengine.yaml names,
// and the choice among them.
#pragma once

#include "base/result.h"
#include "options.h"
#include "policy/price_list.h"

namespace mlengine::server {

// INVALID_ARGUMENT names the file, line and key, or the lists there are.
Result<policy::PriceList> LoadPrices(const Options& options);

}  // namespace mlengine::server

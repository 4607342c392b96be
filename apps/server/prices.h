// The price lists of this server: those that ship with it and those of the file that mlengine.yaml
// names; the default is the chosen one.
#pragma once

#include "base/result.h"
#include "options.h"
#include "policy/price_book.h"

namespace mlengine::server {

// INVALID_ARGUMENT names the file, line and key, or the lists there are.
Result<policy::PriceBook> LoadPrices(const Options& options);

}  // namespace mlengine::server

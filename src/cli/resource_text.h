// What a replica used, in words and units that people read. Pure.
#pragma once

#include <boost/json.hpp>
#include <string>

namespace mlengine::cli {

// "512 B", "1.5 GiB".
std::string BytesText(double bytes);

// Of a replica in the engine's job: "0.93 CPUs for 12 s, 1.2 GiB of memory at most, …"; "" when its
// record tells nothing of it.
std::string UseText(const boost::json::value& replica);

// A value of a series of resources, by its tag: "1.5 GiB", "3.0 MiB/s", "97 %", "0.93".
std::string ResourceValue(std::string_view tag, double value);

}  // namespace mlengine::cli

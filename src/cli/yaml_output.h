// YAML as gcloud prints it: keys sorted, block style, quotes only where a YAML 1.2 reader would see
// another type, literal blocks for several lines, folded at column 80.
#pragma once

#include <boost/json/value.hpp>
#include <string>

namespace mlengine::cli {

// Ends with a newline.
std::string ToYaml(const boost::json::value& value);

// gcloud's form of a number with a fraction: six digits, "1.0", "1e-05", "123456789.1".
std::string FormatFloat(double number);

}  // namespace mlengine::cli

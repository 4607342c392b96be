// Predictions as a table that people read. Pure.
#pragma once

#include <boost/json/array.hpp>
#include <string>

namespace mlengine::cli {

// Of objects, the first of which gives the columns; a list is cut to its first values. One
// prediction with a list of texts and a list of as many numbers, such as labels and scores, shows
// the largest of them below, a line for each. "" where the first is no object.
std::string PredictionTable(const boost::json::array& predictions);

}  // namespace mlengine::cli

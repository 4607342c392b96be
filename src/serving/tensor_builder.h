// TensorBuilder: one input's values, instance by instance, into one tensor. Pure.
#pragma once

#include <boost/json/value.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "serving/signature.h"
#include "tensors/tensor.h"

namespace mlengine::serving {

class TensorBuilder {
 public:
  // `alias` is the input's name for clients. Both outlive the builder.
  TensorBuilder(const std::string& alias, const TensorSpec& spec) : alias_(alias), spec_(spec) {}

  // The value of the next instance: a number, a string, true, false, {"b64": …} where strings go,
  // or lists of them, nested alike in all instances. INVALID_ARGUMENT says what is wrong.
  Status Add(const boost::json::value& value);
  // INVALID_ARGUMENT when the shape is none that the model takes.
  Result<tensors::Tensor> Finish();

 private:
  Status AddNested(const boost::json::value& value, std::size_t depth);
  Status AddLeaf(const boost::json::value& value);
  Status AddString(const boost::json::value& value);
  Status AddNumber(const boost::json::value& value);
  template <typename T>
  Status AddInteger(const boost::json::value& value);
  Status Wrong(const std::string& what) const;

  const std::string& alias_;
  const TensorSpec& spec_;
  std::int64_t instances_ = 0;
  std::optional<std::vector<std::int64_t>> shape_;  // of one instance, once the first was seen
  std::vector<std::int64_t> seen_;                  // of the one that is being added
  std::size_t leaf_depth_ = 0;
  tensors::Tensor tensor_;
};

// Whether it is {"b64": …} and nothing else.
bool IsBase64Object(const boost::json::value& value);

}  // namespace mlengine::serving

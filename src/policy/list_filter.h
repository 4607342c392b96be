// ListFilter: the filter of jobs.list, such as `jobId:rnn* AND state:FAILED`, and of the lists of
// models, versions and operations: comparisons of a resource's fields, all of which must hold.
// Pure.
//
//   FIELD       a path in lowerCamel or snake_case: jobId, createTime, trainingInput.region,
//               labels.KEY
//   OPERATOR    ":" and "=" (text: "*" stands for any characters), "!="; for numbers and times
//               also "<", "<=", ">", ">="
//   VALUE       a word, or text in double quotes with \ before " and \; times as RFC 3339 or a date
//
// Terms are joined by AND or just stand beside each other.
#pragma once

#include <google/protobuf/message.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "mlengine/ml/v1/job.pb.h"

namespace mlengine::policy {

class ListFilter {
 public:
  // `type` is that of the resources, `noun` the word for one. INVALID_ARGUMENT names what is not
  // understood and at which character (from 1). Empty text passes everything.
  static Result<ListFilter> Parse(
      std::string_view text, const google::protobuf::Descriptor& type = *ml::v1::Job::descriptor(),
      std::string_view noun = "a job");

  // `resource` is of that type.
  bool Matches(const google::protobuf::Message& resource) const;

  // Its terms, each as a filter of its own: a job passes when it passes all of them.
  std::vector<ListFilter> Split() const;
  // Of a filter of one term: the path that it compares, in the contract's names without a map's
  // key: "training_input.region", "labels".
  std::string Path() const;
  // Of one term over a map such as labels: the key it compares, and whether a job passes that has
  // this value under it, or no such key.
  const std::string& MapKey() const;
  bool MatchesMapValue(std::optional<std::string_view> value) const;

  struct Terms;

 private:
  explicit ListFilter(std::shared_ptr<const Terms> terms) : terms_(std::move(terms)) {}
  std::shared_ptr<const Terms> terms_;
};

}  // namespace mlengine::policy

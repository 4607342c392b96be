// Listing: which names a list call takes, as a walk in byte order offers them. Pure; used by every
// store. A walk skips what Bound and MayHold rule out, and stops when told.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "objects/object_store.h"

namespace mlengine::objects {

class Listing {
 public:
  // INVALID_ARGUMENT for a page token that no answer held.
  static Result<Listing> Start(const ListRequest& request);

  // Names before this one are of no interest now; it only grows.
  const std::string& bound() const { return bound_; }
  // Whether names that begin with `prefix` may still be of interest.
  bool MayHold(std::string_view prefix) const;

  enum class Answer {
    kSkip,  // not wanted; go on
    kTake,  // give the object to Take
    kStop,  // the answer is complete
  };
  // Names in byte order.
  Answer Offer(const std::string& name);
  void Take(Object object) { result_.objects.push_back(std::move(object)); }

  bool stopped() const { return stopped_; }
  ListResult Finish() && { return std::move(result_); }

 private:
  explicit Listing(ListRequest request) : request_(std::move(request)) {}
  // False when the page is full: the token is set and the walk ends.
  bool Room();

  ListRequest request_;
  std::string bound_;
  std::string last_;  // the token's text should this be the last of the page
  int count_ = 0;
  bool stopped_ = false;
  ListResult result_;
};

// The least text greater than all texts that begin with `prefix`; "" when there is none.
std::string AfterPrefix(std::string_view prefix);

}  // namespace mlengine::objects

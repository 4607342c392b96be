#include "objects/listing.h"

#include <algorithm>

#include "base/digest.h"

namespace mlengine::objects {

std::string AfterPrefix(std::string_view prefix) {
  std::string out(prefix);
  while (!out.empty() && static_cast<unsigned char>(out.back()) == 0xFFU) out.pop_back();
  if (!out.empty()) out.back() = static_cast<char>(static_cast<unsigned char>(out.back()) + 1);
  return out;
}

Result<Listing> Listing::Start(const ListRequest& request) {
  if (request.max_results < 1) return InvalidArgumentError("maxResults: must be 1 or more");
  Listing listing(request);
  listing.bound_ = std::max(request.prefix, request.start_offset);
  if (!request.page_token.empty()) {
    const Result<std::string> text = Base64Decode(request.page_token);
    if (!text.ok() || text->size() < 2 || ((*text)[0] != 'o' && (*text)[0] != 'p')) {
      return InvalidArgumentError("pageToken: not a token that this server gave");
    }
    const std::string name = text->substr(1);
    listing.bound_ = std::max(listing.bound_,
                              (*text)[0] == 'o' ? name + std::string(1, '\0') : AfterPrefix(name));
  }
  return listing;
}

bool Listing::MayHold(std::string_view prefix) const {
  if (stopped_) return false;
  const std::string_view wanted = request_.prefix;
  if (!prefix.starts_with(wanted) && !wanted.starts_with(prefix)) return false;
  if (!request_.end_offset.empty() && prefix >= std::string_view(request_.end_offset)) return false;
  return std::string_view(bound_) <= prefix || std::string_view(bound_).starts_with(prefix);
}

bool Listing::Room() {
  if (count_ < request_.max_results) {
    ++count_;
    return true;
  }
  result_.next_page_token = Base64Encode(last_);
  stopped_ = true;
  return false;
}

Listing::Answer Listing::Offer(const std::string& name) {
  if (stopped_) return Answer::kStop;
  if (name < bound_ || !name.starts_with(request_.prefix)) return Answer::kSkip;
  if (!request_.end_offset.empty() && name >= request_.end_offset) {
    stopped_ = true;
    return Answer::kStop;
  }
  const std::size_t at = request_.delimiter.empty()
                             ? std::string::npos
                             : name.find(request_.delimiter, request_.prefix.size());
  if (at == std::string::npos) {
    if (!Room()) return Answer::kStop;
    last_ = "o" + name;
    bound_ = name + std::string(1, '\0');
    return Answer::kTake;
  }
  const std::string folder = name.substr(0, at + request_.delimiter.size());
  if (!Room()) return Answer::kStop;
  result_.prefixes.push_back(folder);
  last_ = "p" + folder;
  bound_ = AfterPrefix(folder);
  return request_.include_trailing_delimiter && name == folder ? Answer::kTake : Answer::kSkip;
}

}  // namespace mlengine::objects

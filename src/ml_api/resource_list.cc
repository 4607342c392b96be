#include "ml_api/resource_list.h"

#include "ml_api/method.h"

namespace mlengine::ml_api {
namespace {

constexpr int kUsualPage = 20;
constexpr int kLargestPage = 100;
constexpr std::size_t kLongestFilter = 4096;

}  // namespace

Result<ListFilterOf> ReadListRequest(const net::Request& request,
                                     const google::protobuf::Descriptor& type,
                                     std::string_view noun, store::ListResourcesQuery& query) {
  query.page_token = Parameter(request, "pageToken");
  MLENGINE_ASSIGN_OR_RETURN(query.page_size, PageSize(request, kUsualPage, kLargestPage));
  const std::string text = Parameter(request, "filter");
  if (text.empty()) return ListFilterOf();
  if (text.size() > kLongestFilter) {
    return FieldError(StatusCode::kInvalidArgument, "filter",
                      "The filter has " + std::to_string(text.size()) + " characters; at most " +
                          std::to_string(kLongestFilter) + " are possible.");
  }
  MLENGINE_ASSIGN_OR_RETURN(policy::ListFilter filter, policy::ListFilter::Parse(text, type, noun));
  return ListFilterOf(std::move(filter));
}

Result<store::ListResourcesPage> ListPage(store::ModelStore& models,
                                          const store::ListResourcesQuery& query) {
  Result<store::ListResourcesPage> page = models.List(query);
  if (page.status().code() == StatusCode::kInvalidArgument) {
    return FieldError(StatusCode::kInvalidArgument, "page_token",
                      "The page token is not one that this list gave.");
  }
  return page;
}

}  // namespace mlengine::ml_api

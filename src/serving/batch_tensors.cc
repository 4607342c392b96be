#include "serving/batch_tensors.h"

#include <numeric>

namespace mlengine::serving {
namespace {

using tensors::Tensor;

// Values of one row.
std::uint64_t RowCount(const Tensor& tensor) {
  std::uint64_t count = 1;
  for (std::size_t i = 1; i < tensor.dims.size(); ++i)
    count *= static_cast<std::uint64_t>(tensor.dims[i]);
  return count;
}

void Append(const Tensor& from, Tensor& to) {
  to.dims[0] += from.dims[0];
  to.data += from.data;
  to.strings.insert(to.strings.end(), from.strings.begin(), from.strings.end());
}

Tensor Rows(const Tensor& whole, std::uint64_t first, std::uint64_t count) {
  Tensor part{whole.name, whole.type, whole.dims, {}, {}};
  part.dims[0] = static_cast<std::int64_t>(count);
  const std::uint64_t row = RowCount(whole);
  if (whole.type == tensors::TensorType::kString) {
    const auto begin = whole.strings.begin() + static_cast<std::ptrdiff_t>(first * row);
    part.strings.assign(begin, begin + static_cast<std::ptrdiff_t>(count * row));
  } else {
    const std::uint64_t bytes = row * tensors::ElementSize(whole.type);
    part.data = whole.data.substr(first * bytes, count * bytes);
  }
  return part;
}

}  // namespace

std::optional<std::int64_t> InstancesOf(const tensors::RunRequest& request) {
  std::optional<std::int64_t> instances;
  for (const Tensor& feed : request.feeds) {
    if (feed.dims.empty() || (instances && *instances != feed.dims[0])) return std::nullopt;
    instances = feed.dims[0];
  }
  return instances;
}

std::string KindOf(const tensors::RunRequest& request) {
  std::string kind;
  for (const Tensor& feed : request.feeds) {
    kind += feed.name + '/' + std::to_string(static_cast<int>(feed.type));
    for (std::size_t i = 1; i < feed.dims.size(); ++i) kind += ',' + std::to_string(feed.dims[i]);
    kind += ' ';
  }
  for (const std::string& fetch : request.fetches) kind += '>' + fetch;
  return kind;
}

std::size_t BytesOf(const tensors::RunRequest& request) {
  std::size_t bytes = 0;
  for (const Tensor& feed : request.feeds) {
    bytes += feed.data.size();
    for (const std::string& text : feed.strings) bytes += text.size() + sizeof(std::uint32_t);
  }
  return bytes;
}

tensors::RunRequest Joined(const std::vector<const tensors::RunRequest*>& requests) {
  tensors::RunRequest joined = *requests.front();
  for (std::size_t i = 1; i < requests.size(); ++i) {
    for (std::size_t feed = 0; feed < joined.feeds.size(); ++feed)
      Append(requests[i]->feeds[feed], joined.feeds[feed]);
  }
  return joined;
}

std::optional<std::vector<tensors::RunAnswer>> Parted(const tensors::RunAnswer& answer,
                                                      const std::vector<std::int64_t>& instances) {
  const std::int64_t all = std::accumulate(instances.begin(), instances.end(), std::int64_t{0});
  for (const Tensor& output : answer.outputs)
    if (output.dims.empty() || output.dims[0] != all) return std::nullopt;
  std::vector<tensors::RunAnswer> parts;
  parts.reserve(instances.size());
  std::uint64_t first = 0;
  for (const std::int64_t count : instances) {
    tensors::RunAnswer& part = parts.emplace_back();
    for (const Tensor& output : answer.outputs)
      part.outputs.push_back(Rows(output, first, static_cast<std::uint64_t>(count)));
    first += static_cast<std::uint64_t>(count);
  }
  return parts;
}

}  // namespace mlengine::serving

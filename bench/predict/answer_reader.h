// AnswerReader: where one HTTP/1.1 answer ends in the bytes of a connection. It takes what servers
// answer to a keep-alive request: Content-Length, or chunks. Pure.
#pragma once

#include <cstddef>
#include <string_view>

namespace mlengine::bench {

class AnswerReader {
 public:
  enum class State { kMore, kWhole, kBad };

  // `bytes` are all that came since the last whole answer, the earlier ones first.
  State Look(std::string_view bytes);
  // Of a whole answer; the views are into the bytes of the last Look.
  int status() const { return status_; }
  std::size_t size() const { return size_; }
  bool closes() const { return closes_; }
  std::string_view body() const { return body_; }  // with the frames of its chunks
  void Reset() { *this = AnswerReader(); }

 private:
  State ReadHead(std::string_view head);
  State FindChunksEnd(std::string_view bytes);

  std::size_t head_size_ = 0;  // 0: not there yet
  std::size_t length_ = 0;
  bool chunked_ = false;
  bool closes_ = false;
  int status_ = 0;
  std::size_t size_ = 0;
  std::size_t chunk_at_ = 0;
  std::string_view body_;
};

}  // namespace mlengine::bench

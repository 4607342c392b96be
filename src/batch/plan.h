// Plan: the work of a batch prediction, cut into spans. Made once for a job and kept beside its
// results, so that every replica, and every later one, cuts it alike. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "batch/input_files.h"

namespace mlengine::batch {

enum class InputFormat { kJson, kTfRecord, kTfRecordGzip };

// A stretch of one file that one worker reads from its beginning on. Of lines a span has those that
// begin in it; files of records are not cut.
struct Span {
  std::size_t file = 0;     // in Plan::files
  std::uint64_t begin = 0;  // bytes of the file as it is stored
  std::uint64_t end = 0;
  std::size_t worker = 0;  // whose it is at first, and in whose results it comes
  friend bool operator==(const Span&, const Span&) = default;
};

struct Plan {
  InputFormat format = InputFormat::kJson;
  std::size_t workers = 1;
  std::vector<InputFile> files;
  std::vector<Span> spans;  // in the order of the files; the spans of a worker follow each other

  std::uint64_t bytes() const;
};

// How many workers are of use: at most `most` and `slots`, and one for each piece of the input.
int WorkersFor(const std::vector<InputFile>& files, InputFormat format, int most, int slots);

Plan MakePlan(std::vector<InputFile> files, InputFormat format, std::size_t workers);

// As JSON, and back. DATA_LOSS for text that is no plan, or whose spans lie outside its files.
std::string EncodePlan(const Plan& plan);
Result<Plan> DecodePlan(std::string_view text);

}  // namespace mlengine::batch

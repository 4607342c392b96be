// BatchPredictor: instances in, lines of results out. An instance that fails costs itself alone:
// of a batch that is refused the halves are tried, and so on. Pure but for the runs.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "batch/instance_reader.h"
#include "batch/plan.h"
#include "serving/predictor.h"

namespace mlengine::batch {

enum class OutputFormat { kJson, kCsv };

struct BatchRun {
  serving::RunFunction run;
  // With nothing beside it; UNAVAILABLE is the fault of what it is given.
  serving::RunFunction run_alone;
};

struct InstanceError {
  std::uint64_t number = 0;  // Instance::number
  std::string text;
};

struct BatchResult {
  std::string lines;
  std::uint64_t predictions = 0;
  std::vector<InstanceError> errors;
};

class BatchPredictor {
 public:
  // `signature` outlives the object. INVALID_ARGUMENT when it cannot take records of that format.
  static Result<BatchPredictor> Create(const serving::Signature& signature, InputFormat input,
                                       OutputFormat output);

  // Results and errors in the order of the instances. Not OK when the model cannot be asked any
  // more.
  Result<BatchResult> Predict(const std::vector<Instance>& instances, const BatchRun& run) const;
  // With CSV: the names of the columns as a line.
  std::string KeysLine() const;

 private:
  BatchPredictor(const serving::Signature& signature, InputFormat input, OutputFormat output)
      : signature_(&signature), input_(input), output_(output) {}
  void AddLine(const std::vector<std::string>& cells, BatchResult& result) const;

  const serving::Signature* signature_;
  InputFormat input_;
  OutputFormat output_;
};

// A cell of CSV: a JSON text or word as it is, a JSON string by its characters, quoted where it has
// a comma, a quote or a line's end.
std::string CsvCell(const std::string& json);

}  // namespace mlengine::batch

#include "batch/batch_predictor.h"

#include <boost/json.hpp>
#include <span>
#include <utility>

#include "base/digest.h"
#include "wire/codec/strict_json.h"

namespace mlengine::batch {
namespace {

namespace json = boost::json;

// One that can be asked for: its value, and whose it is.
struct Asked {
  json::value value;
  std::uint64_t number = 0;
};

json::value ValueOfRecord(const std::string& record) {
  return json::object{{"b64", Base64Encode(record)}};
}

// One answered or refused instance, in their order.
struct Outcome {
  std::uint64_t number = 0;
  std::vector<std::string> cells;
  std::string error;
};

// Asks for a stretch of instances, and where it is refused for its halves.
class Halving {
 public:
  Halving(const serving::Signature& signature, const BatchRun& run)
      : signature_(signature), run_(run) {}

  Status Ask(std::span<Asked> asked, std::vector<Outcome>& out) {
    if (asked.empty()) return OkStatus();
    json::array instances;
    instances.reserve(asked.size());
    for (const Asked& one : asked) instances.push_back(one.value);
    Result<serving::PredictedRows> rows = serving::PredictRows(instances, signature_, run_.run);
    if (rows.status().code() == StatusCode::kUnavailable)
      rows = serving::PredictRows(instances, signature_, run_.run_alone);
    const StatusCode code = rows.status().code();
    // Of its own size, or of its own content, once nothing ran beside it.
    const bool own_fault =
        code == StatusCode::kUnavailable || code == StatusCode::kResourceExhausted;
    if (!rows.ok() && !own_fault) return rows.status();
    const std::string fault = rows.ok() ? rows->fault : rows.status().message();
    if (fault.empty()) {
      for (std::size_t i = 0; i < asked.size(); ++i)
        out.push_back({asked[i].number, std::move(rows->rows[i]), ""});
      return OkStatus();
    }
    if (asked.size() == 1) {
      out.push_back({asked[0].number, {}, fault});
      return OkStatus();
    }
    const std::size_t half = asked.size() / 2;
    MLENGINE_RETURN_IF_ERROR(Ask(asked.first(half), out));
    return Ask(asked.subspan(half), out);
  }

 private:
  const serving::Signature& signature_;
  const BatchRun& run_;
};

bool TakesRecords(const serving::Signature& signature) {
  return signature.inputs.size() == 1 &&
         signature.inputs.begin()->second.type == tensors::TensorType::kString;
}

void PutJsonText(const std::string& text, std::string& out) {
  out += json::serialize(json::value(json::string_view(text.data(), text.size())));
}

}  // namespace

Result<BatchPredictor> BatchPredictor::Create(const serving::Signature& signature,
                                              InputFormat input, OutputFormat output) {
  if (input != InputFormat::kJson && !TakesRecords(signature)) {
    return InvalidArgumentError(
        "Input in TFRecord files needs a signature with one input of strings, which gets the bytes "
        "of each record; this one has " +
        std::to_string(signature.inputs.size()) +
        (signature.inputs.size() == 1 ? " input of another type." : " inputs."));
  }
  return BatchPredictor(signature, input, output);
}

Result<BatchResult> BatchPredictor::Predict(const std::vector<Instance>& instances,
                                            const BatchRun& run) const {
  std::vector<Asked> asked;
  asked.reserve(instances.size());
  std::vector<Outcome> unread;  // by their numbers
  for (const Instance& instance : instances) {
    if (!instance.error.empty()) {
      unread.push_back({instance.number, {}, instance.error});
    } else if (input_ != InputFormat::kJson) {
      asked.push_back({ValueOfRecord(instance.bytes), instance.number});
    } else if (Result<json::value> value = wire::ParseStrictJson(instance.bytes); value.ok()) {
      asked.push_back({*std::move(value), instance.number});
    } else {
      unread.push_back({instance.number, {}, value.status().message()});
    }
  }
  std::vector<Outcome> answered;
  answered.reserve(asked.size());
  MLENGINE_RETURN_IF_ERROR(Halving(*signature_, run).Ask(asked, answered));

  BatchResult result;
  std::size_t next = 0;
  const auto add = [&result, this](const Outcome& one) {
    if (one.error.empty()) {
      AddLine(one.cells, result);
    } else {
      result.errors.push_back({one.number, one.error});
    }
  };
  for (const Outcome& one : answered) {
    while (next < unread.size() && unread[next].number < one.number) add(unread[next++]);
    add(one);
  }
  while (next < unread.size()) add(unread[next++]);
  return result;
}

void BatchPredictor::AddLine(const std::vector<std::string>& cells, BatchResult& result) const {
  ++result.predictions;
  std::string& out = result.lines;
  std::size_t i = 0;
  if (output_ == OutputFormat::kCsv) {
    for (const std::string& cell : cells) out += (i++ > 0 ? "," : "") + CsvCell(cell);
    out += '\n';
    return;
  }
  out += '{';
  for (const auto& [alias, spec] : signature_->outputs) {
    if (i > 0) out += ", ";
    PutJsonText(alias, out);
    out += ": ";
    out += cells[i++];
  }
  out += "}\n";
}

std::string BatchPredictor::KeysLine() const {
  std::string out;
  for (const auto& [alias, spec] : signature_->outputs) {
    std::string text;
    PutJsonText(alias, text);
    out += (out.empty() ? "" : ",") + CsvCell(text);
  }
  return out + "\n";
}

std::string CsvCell(const std::string& text) {
  std::string cell = text;
  if (text.starts_with('"')) {
    boost::system::error_code failed;
    const json::value value = json::parse(text, failed);
    if (!failed && value.is_string())
      cell = std::string(value.get_string().data(), value.get_string().size());
  }
  if (cell.find_first_of(",\"\r\n") == std::string::npos) return cell;
  std::string out = "\"";
  for (const char c : cell) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + "\"";
}

}  // namespace mlengine::batch

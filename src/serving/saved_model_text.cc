// saved_model.pbtxt: the text form of protobuf, read as far as names, braces and strings go.
#include <cctype>
#include <utility>

#include "serving/saved_model.h"
#include "serving/saved_model_parts.h"

namespace mlengine::serving {
namespace {

constexpr std::size_t kDeepest = 100;

class TextReader {
 public:
  explicit TextReader(std::string_view text) : text_(text) {}

  Result<SavedModel> All() {
    while (Skip()) MLENGINE_RETURN_IF_ERROR(Step());
    if (!path_.empty()) return Damaged("the end of \"" + path_.back() + "\" is missing");
    if (model_.graphs.empty()) return Damaged("it has no meta_graphs");
    return std::move(model_);
  }

 private:
  Status Damaged(const std::string& what) const {
    return DataLossError("saved_model.pbtxt is damaged: " + what + " (byte " + std::to_string(at_) +
                         ")");
  }
  // To the next token; false at the end.
  bool Skip() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#') {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
      } else if (std::isspace(static_cast<unsigned char>(c)) == 0 && c != ',' && c != ';') {
        return true;
      } else {
        ++at_;
      }
    }
    return false;
  }

  Status Step() {
    const char c = text_[at_];
    if (c == '{' || c == '<') return Open();
    if (c == '}' || c == '>') return Close();
    if (c == '"' || c == '\'') return String();
    if (c == ':' || c == '[' || c == ']') {
      ++at_;
      return OkStatus();
    }
    return Word();
  }

  Status Open() {
    ++at_;
    if (path_.size() == kDeepest) return Damaged("it is nested too deep");
    path_.push_back(std::exchange(word_, ""));
    if (path_.size() == 1 && path_[0] == "meta_graphs") model_.graphs.emplace_back();
    return OkStatus();
  }
  Status Close() {
    if (path_.empty()) return Damaged("a brace closes nothing");
    ++at_;
    path_.pop_back();
    return OkStatus();
  }
  Status Word() {
    const std::size_t start = at_;
    constexpr std::string_view kMore = "_.+-/";
    while (at_ < text_.size() && (std::isalnum(static_cast<unsigned char>(text_[at_])) != 0 ||
                                  kMore.find(text_[at_]) != std::string_view::npos)) {
      ++at_;
    }
    if (at_ == start) return Damaged("a character has no place there");
    word_ = std::string(text_.substr(start, at_ - start));
    return OkStatus();
  }
  // Names of tags, signatures and operations have no escapes.
  Status String() {
    const char quote = text_[at_];
    std::size_t end = at_ + 1;
    while (end < text_.size() && text_[end] != quote && text_[end] != '\n')
      end += text_[end] == '\\' ? 2 : 1;
    if (end >= text_.size() || text_[end] != quote) return Damaged("a string is not closed");
    Take(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return OkStatus();
  }

  void Take(std::string_view value) {
    if (path_.size() < 2 || path_[0] != "meta_graphs") return;
    SavedGraph& graph = model_.graphs.back();
    if (path_.size() == 2 && path_[1] == "meta_info_def" && word_ == "tags")
      graph.tags.emplace_back(value);
    if (path_.size() == 2 && path_[1] == "signature_def" && word_ == "key")
      AddSignature(std::string(value), graph);
    if (path_.size() == 3 && path_[1] == "graph_def" && path_[2] == "node" && word_ == "op")
      graph.has_variables = graph.has_variables || IsVariableOperation(value);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::string word_;  // the last name
  std::vector<std::string> path_;
  SavedModel model_;
};

}  // namespace

Result<SavedModel> ReadSavedModelText(std::string_view text) {
  return TextReader(text).All();
}

}  // namespace mlengine::serving

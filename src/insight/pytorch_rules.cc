#include "insight/cause_rule.h"

namespace mlengine::insight {
namespace {

using enum CauseKind;

constexpr std::string_view kShapeAdvice =
    "Print the shapes before that line; look at the batch's shape and at the layer's.";
constexpr std::string_view kGpuAdvice =
    "Ask for a machine type with a GPU, or choose the device by torch.cuda.is_available().";

constexpr CauseRule kRules[] = {
    {kGpuMemory, "CUDA out of memory. {what}.", "The GPU's memory was full: {what}.",
     "Choose smaller batches, or a GPU with more memory."},
    {kGpuMissing, "Found no NVIDIA driver on your system",
     "The program asks for a GPU, and its replica has none.", kGpuAdvice},
    {kGpuMissing, "No CUDA GPUs are available",
     "The program asks for a GPU, and its replica has "
     "none.",
     kGpuAdvice},
    {kGpuMissing, "Torch not compiled with CUDA enabled",
     "The program asks for a GPU, and this PyTorch is built without CUDA.",
     "Choose the device by torch.cuda.is_available(), or install a PyTorch with CUDA."},
    {kGpuMissing, "Attempting to deserialize object on a CUDA device",
     "A checkpoint was saved on a GPU, and there is none here.",
     "Load it with torch.load(..., map_location='cpu')."},
    {kGpuMissing, "no CUDA-capable device is detected",
     "The program asks for a GPU, and there is "
     "none.",
     kGpuAdvice},
    {kGpuError, "CUDA error: {what}", "The GPU reported an error: {what}.",
     "Run it with CUDA_LAUNCH_BLOCKING=1 to see which operation it was."},
    {kGpuError, "CUBLAS_STATUS_{what} when calling", "cuBLAS failed: CUBLAS_STATUS_{what}.",
     "Often a label or an index out of range, or no memory left: run it on a CPU to see which."},
    {kLoaderDied, "DataLoader worker (pid(s) {pids}) exited unexpectedly",
     "A worker process of the DataLoader ended unexpectedly (process {pids}).",
     "Look at its own lines above; try num_workers=0, or fewer workers where memory is short."},
    {kLoaderDied, "DataLoader worker (pid {pid}) is killed by signal: {signal}.",
     "A worker process of the DataLoader was killed by the signal {signal} (process {pid}).",
     "Killed: most often for want of memory; take fewer workers or smaller batches."},
    {kLoaderDied, "EOFError",
     "A worker process of the DataLoader ended while a batch was fetched of it.",
     "Look at its own lines above; try num_workers=0, or fewer workers where memory is short.",
     "torch/utils/data/dataloader.py"},
    {kOutOfMemory,
     "DefaultCPUAllocator: can't allocate memory: you tried to allocate {bytes} bytes",
     "There was no memory for a tensor of {bytes} bytes.",
     "Look at its shape; choose smaller batches, or a machine type with more memory."},
    {kNotANumber, "returned nan values in its {which}", "A gradient became NaN ({function}).",
     "Lower the learning rate, clip gradients, and look for NaN in the data.",
     "Function '{function}' returned nan"},
    {kCheckpointMismatch, "Error(s) in loading state_dict for {model}:",
     "The checkpoint is of another model than {model}: names or shapes differ.",
     "Build the model as it was when it was saved, or start without the checkpoint."},
    {kCheckpointMismatch, "Weights only load failed",
     "The checkpoint holds more than weights, and torch.load reads only weights.",
     "Save state_dict() alone, or, if you trust the file, load it with weights_only=False."},
    {kCheckpointMismatch, "PytorchStreamReader failed {what}",
     "A checkpoint is damaged, or is none: {what}.", "Look at whether it was saved whole."},
    {kShapeMismatch, "mat1 and mat2 shapes cannot be multiplied ({shapes})",
     "Two matrices of shapes that do not fit were multiplied: {shapes}.", kShapeAdvice},
    {kShapeMismatch, "The size of tensor a ({a}) must match the size of tensor b ({b})",
     "Two tensors' sizes do not fit: {a} and {b}.", kShapeAdvice},
    {kShapeMismatch, "shape '{shape}' is invalid for input of size {size}",
     "A tensor of {size} elements cannot have the shape {shape}.", kShapeAdvice},
    {kShapeMismatch, "Expected input batch_size ({a}) to match target batch_size ({b})",
     "The input has {a} rows and the target {b}.", kShapeAdvice},
    {kShapeMismatch, "Given groups={groups}, weight of size {size}, expected input{rest}",
     "A convolution got an input of another number of channels: expected input{rest}.",
     kShapeAdvice},
    {kTypeMismatch, "mat1 and mat2 must have the same dtype, but got {types}",
     "Two matrices of different types were multiplied: {types}.",
     "Convert one of them (.float(), .to(dtype))."},
    {kTypeMismatch, "expected scalar type {type} but found {other}",
     "An operation wants {type} and got {other}.", "Convert it (.float(), .to(dtype))."},
    {kTypeMismatch, "Expected all tensors to be on the same device, but {what}",
     "Tensors lie on different devices: {what}.", "Move all of them with .to(device)."},
    {kLabelRange, "IndexError: Target {label} is out of bounds",
     "The label {label} is outside of what the model has classes for.",
     "Compare the number of classes with the labels."},
    {kLabelRange, "Assertion `t >= 0 && t < n_classes` failed",
     "A label is outside of what the model has classes for.",
     "Compare the number of classes with the labels."},
};

}  // namespace

std::span<const CauseRule> PyTorchRules() {
  return kRules;
}

}  // namespace mlengine::insight

import torch
torch.save({"model": torch.nn.Linear(4, 2)}, "model.pt")
torch.load("model.pt")

import torch
torch.save(torch.nn.Linear(4, 2).state_dict(), "model.pt")
torch.nn.Linear(4, 3).load_state_dict(torch.load("model.pt"))

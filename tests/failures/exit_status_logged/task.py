import logging, sys
logging.basicConfig()
logging.error("evaluation failed: accuracy 0.41 is below 0.8")
sys.exit(3)

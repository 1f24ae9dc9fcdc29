"""Any instruct model of Hugging Face that is on this machine, as a chat model that calls tools."""

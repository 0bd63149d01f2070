"""The engine of read models: tables whose rows keep their past, and questions to them about any moment."""

"""The sample project: releases and environments, and what its shop would write into Kafka."""

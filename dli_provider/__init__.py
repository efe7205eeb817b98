"""Flink SQL jobs on Huawei Cloud DLI, declared as Pulumi resources."""

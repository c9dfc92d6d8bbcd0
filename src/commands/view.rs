//! Tables, times and colours of what people look at.

/* ring/ring_uapi.h -- Constants of newer kernels' io_uring interface that the installed headers may
 * lack. Values: the kernel's include/uapi/linux/io_uring.h. */
#ifndef TORC_RING_RING_UAPI_H
#define TORC_RING_RING_UAPI_H

enum {
    UAPI_PBUF_RING_INC = 2,        /* 6.12: buffers are consumed incrementally */
    UAPI_CQE_F_BUF_MORE = 1 << 4,  /* 6.12: the same buffer will be used again */
    UAPI_ENTER_NO_IOWAIT = 1 << 7, /* 6.15 */
    UAPI_ENTER_REGISTERED_RING = 1 << 4,
    UAPI_FEAT_NO_IOWAIT = 1 << 17, /* 6.15 */
    UAPI_SETUP_SINGLE_ISSUER = 1 << 12,
    UAPI_SETUP_DEFER_TASKRUN = 1 << 13,
};

#endif
